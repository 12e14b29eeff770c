using Thpc.NodeAgent.Configuration.Toml;

namespace Thpc.NodeAgent.Configuration;

/// <summary>One storage and the table it was read from, which receives diagnostics about conflicts with other storage.</summary>
internal sealed record StorageEntry(Storage Storage, TableReader Table);
