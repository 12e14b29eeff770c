namespace Thpc.NodeAgent.Config;

internal enum CfsProtocol
{
    Nfs3,
    Nfs4,
    Turbo,
}

/// <summary>One file system that the cluster wants at <see cref="LocalPath"/>, which is absolute and normal, without a trailing slash.</summary>
internal abstract record Storage(string LocalPath);

/// <summary>CFSOption of the API.</summary>
/// <param name="Server">Host name or address; for Turbo the NID, such as 172.30.2.180@tcp0.</param>
/// <param name="RemotePath">Absolute path on the server, without a trailing slash unless it is "/".</param>
/// <param name="MountOption">The user's own options, or null for the protocol's default.</param>
internal sealed record CfsStorage(string LocalPath, string Server, string RemotePath, CfsProtocol Protocol, string? MountOption) : Storage(LocalPath)
{
    public string Source => $"{Server}:{RemotePath}";
}

/// <summary>GooseFSOption of the API.</summary>
internal sealed record GooseFsStorage(string LocalPath, string RemotePath, IReadOnlyList<string> Masters) : Storage(LocalPath);

/// <summary>GooseFSxOption of the API.</summary>
internal sealed record GooseFsxStorage(string LocalPath, IReadOnlyList<string> Masters) : Storage(LocalPath);
