using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>One storage with the table that it was read from, for complaints that only another storage gives reason for.</summary>
internal sealed record StorageEntry(Storage Storage, TableReader Table);
