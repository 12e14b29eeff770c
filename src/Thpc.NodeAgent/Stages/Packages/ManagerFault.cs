namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>What a manager's failure means for what to do next.</summary>
internal enum ManagerFault
{
    /// <summary>Another program holds the lock: wait.</summary>
    Locked,

    /// <summary>dpkg was killed at work: finish that first.</summary>
    Interrupted,

    /// <summary>apt does nothing before unmet dependencies of what is installed are mended: --fix-broken.</summary>
    Broken,

    /// <summary>dpkg was killed while it unpacked: that package needs --reinstall.</summary>
    HalfInstalled,

    /// <summary>The lists are older than the repository: fetch them.</summary>
    Stale,

    /// <summary>The repositories were not reached: try again.</summary>
    Network,

    /// <summary>The repositories have no such package.</summary>
    UnknownPackage,

    /// <summary>The manager's configuration excludes or locks the package.</summary>
    Excluded,

    /// <summary>Nothing provides what the package needs.</summary>
    Unmet,

    /// <summary>Packages, or their files, exclude each other.</summary>
    Conflict,

    /// <summary>A package or a repository's lists are not signed, or not by a known key.</summary>
    Unsigned,

    /// <summary>A package is not the one that the lists name.</summary>
    Corrupt,

    /// <summary>A script of the package itself failed.</summary>
    Script,

    NoSpace,
    Other,
}
