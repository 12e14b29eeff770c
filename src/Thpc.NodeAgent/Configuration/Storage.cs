namespace Thpc.NodeAgent.Configuration;

internal enum CfsProtocol
{
    Nfs3,
    Nfs4,
    Turbo,
}

/// <summary>One file system that the cluster wants at <see cref="LocalPath"/>, which is absolute and normal, without a trailing slash.</summary>
internal abstract record Storage(string LocalPath)
{
    /// <summary>What is mounted, as one word for a person and for comparison.</summary>
    public abstract string Source { get; }
}

/// <summary>CFSOption of the API.</summary>
/// <param name="Server">Host name or address; for Turbo the NID, such as 172.30.2.180@tcp0.</param>
/// <param name="RemotePath">Absolute path on the server, without a trailing slash unless it is "/".</param>
/// <param name="MountOption">The user's own options; null for the protocol's default, spelt out or not.</param>
internal sealed record CfsStorage(string LocalPath, string Server, string RemotePath, CfsProtocol Protocol, string? MountOption) : Storage(LocalPath)
{
    public override string Source => $"{Server}:{RemotePath}";
}

/// <summary>GooseFSOption of the API.</summary>
/// <param name="RemotePath">A directory inside GooseFS, of characters that no shell and no systemd unit takes apart.</param>
/// <param name="Masters">Host and port; several are all on port 9200, all on the journal's port 9202, or all on 55533.</param>
internal sealed record GooseFsStorage(string LocalPath, string RemotePath, IReadOnlyList<string> Masters) : Storage(LocalPath)
{
    public override string Source => $"{string.Join(',', Masters)}:{RemotePath}";

    // A record compares a list by reference.
    public bool Equals(GooseFsStorage? other) => base.Equals(other) && RemotePath == other.RemotePath && Masters.SequenceEqual(other.Masters, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(LocalPath, Source);
}

/// <summary>GooseFSxOption of the API.</summary>
internal sealed record GooseFsxStorage(string LocalPath, IReadOnlyList<string> Masters) : Storage(LocalPath)
{
    public override string Source => string.Join(',', Masters);

    public bool Equals(GooseFsxStorage? other) => base.Equals(other) && Masters.SequenceEqual(other.Masters, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(LocalPath, Source);
}
