namespace Thpc.NodeAgent.Configuration;

internal enum CfsProtocol
{
    Nfs3,
    Nfs4,
    Turbo,
}

/// <summary>One file system to be mounted at <see cref="LocalPath"/>, which is absolute and normalized, without trailing slash.</summary>
internal abstract record Storage(string LocalPath)
{
    /// <summary>The mounted source, for display and comparison.</summary>
    public abstract string Source { get; }
}

/// <summary>The API's CFSOption.</summary>
/// <param name="Server">Host name or address; for Turbo the NID, such as 172.30.2.180@tcp0.</param>
/// <param name="RemotePath">Absolute path on the server, without trailing slash unless it is "/".</param>
/// <param name="MountOption">The user's own options; null for the protocol's default.</param>
internal sealed record CfsStorage(
    string LocalPath, string Server, string RemotePath, CfsProtocol Protocol, string? MountOption) : Storage(LocalPath)
{
    public override string Source => $"{Server}:{RemotePath}";
}

/// <summary>The API's GooseFSOption.</summary>
/// <param name="RemotePath">A directory inside GooseFS, with characters that neither a shell nor a systemd unit splits.</param>
/// <param name="Masters">HOST:PORT each; several have the same port, 9200, 9202 (the journal's) or 55533.</param>
internal sealed record GooseFsStorage(string LocalPath, string RemotePath, IReadOnlyList<string> Masters) : Storage(LocalPath)
{
    public override string Source => $"{string.Join(',', Masters)}:{RemotePath}";

    // The generated Equals would compare the list by reference.
    public bool Equals(GooseFsStorage? other) =>
        base.Equals(other) && RemotePath == other.RemotePath && Masters.SequenceEqual(other.Masters, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(LocalPath, Source);
}

/// <summary>The API's GooseFSxOption.</summary>
internal sealed record GooseFsxStorage(string LocalPath, IReadOnlyList<string> Masters) : Storage(LocalPath)
{
    public override string Source => string.Join(',', Masters);

    public bool Equals(GooseFsxStorage? other) => base.Equals(other) && Masters.SequenceEqual(other.Masters, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(LocalPath, Source);
}
