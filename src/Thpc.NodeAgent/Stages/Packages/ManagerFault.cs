namespace Thpc.NodeAgent.Stages.Packages;

/// <summary>The kinds of package manager failures; each has its own recovery.</summary>
internal enum ManagerFault
{
    /// <summary>Another program holds the lock: wait.</summary>
    Locked,

    /// <summary>dpkg was killed: complete its work first.</summary>
    Interrupted,

    /// <summary>apt refuses work until unmet dependencies of installed packages are repaired: --fix-broken.</summary>
    Broken,

    /// <summary>dpkg was killed while unpacking: that package needs --reinstall.</summary>
    HalfInstalled,

    /// <summary>The package lists are older than the repository: download them.</summary>
    Stale,

    /// <summary>The repositories were not reached: retry.</summary>
    Network,

    /// <summary>The repositories have no such package.</summary>
    UnknownPackage,

    /// <summary>The manager's configuration excludes or locks the package.</summary>
    Excluded,

    /// <summary>Nothing provides what the package needs.</summary>
    Unmet,

    /// <summary>Packages or their files conflict.</summary>
    Conflict,

    /// <summary>A package or a repository's lists are not signed, or not by a known key.</summary>
    Unsigned,

    /// <summary>A package does not match its entry in the lists.</summary>
    Corrupt,

    /// <summary>A script of the package itself failed.</summary>
    Script,

    NoSpace,
    Other,
}
