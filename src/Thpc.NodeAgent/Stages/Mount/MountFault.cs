using Thpc.NodeAgent.Errors;

namespace Thpc.NodeAgent.Stages.Mount;

/// <summary>Why an attempt to mount failed.</summary>
/// <param name="Retry">Whether another attempt may succeed.</param>
/// <param name="MayBeMissing">Whether a missing remote directory may be the cause.</param>
internal sealed record MountFault(ErrorCode Code, LocalizedText Message, bool Retry, bool MayBeMissing = false)
{
    /// <summary>A hint that fits better than that of the code; null where the code's hint applies.</summary>
    public LocalizedText? Hint { get; init; }

    // Texts of mount(8) and mount.nfs(8) under LC_ALL=C; the first match applies.
    private static readonly (string Text, ErrorCode Code, bool Retry, bool MayBeMissing)[] Known =
    [
        ("access denied", ErrorCode.MountDenied, false, true),
        ("Operation not permitted", ErrorCode.MountDenied, false, false),
        ("Permission denied", ErrorCode.MountDenied, false, false),
        ("No such file or directory", ErrorCode.MountNotFound, false, true),
        ("Stale file handle", ErrorCode.MountNotFound, false, true),
        ("Not a directory", ErrorCode.MountNotFound, false, false),
        ("Connection refused", ErrorCode.MountUnreachable, true, false),
        ("Connection timed out", ErrorCode.MountUnreachable, true, false),
        ("Connection reset", ErrorCode.MountUnreachable, true, false),
        ("No route to host", ErrorCode.MountUnreachable, true, false),
        ("Network is unreachable", ErrorCode.MountUnreachable, true, false),
        ("Failed to resolve", ErrorCode.MountUnreachable, true, false),
        ("Name or service not known", ErrorCode.MountUnreachable, true, false),
        ("Resource temporarily unavailable", ErrorCode.MountUnreachable, true, false),
        ("unknown filesystem type", ErrorCode.MountHelperMissing, false, false),
        ("missing codepage or helper program", ErrorCode.MountHelperMissing, false, false),
        ("No such device", ErrorCode.MountHelperMissing, false, false),
        ("incorrect mount option", ErrorCode.MountFailed, false, false),
        ("you might need a /sbin/mount.", ErrorCode.MountHelperMissing, false, false),
        ("bad option", ErrorCode.MountFailed, false, false),
        ("Invalid argument", ErrorCode.MountFailed, false, false),
        ("Protocol not supported", ErrorCode.MountFailed, false, false),
        ("requested NFS version or transport protocol is not supported", ErrorCode.MountFailed, false, false),
    ];

    /// <summary>Classifies the output of a failed `mount`. An unknown failure is retried.</summary>
    /// <param name="message">The end of the output, for the error message.</param>
    public static MountFault FromOutput(string output, string message)
    {
        var known = Array.Find(Known, entry => output.Contains(entry.Text, StringComparison.OrdinalIgnoreCase));
        var text = message.Length > 0 ? message : Messages.MountPrintedNothing;
        return known.Code is null
            ? new MountFault(ErrorCode.MountFailed, text, Retry: true)
            : new MountFault(known.Code, text, known.Retry, known.MayBeMissing);
    }
}
