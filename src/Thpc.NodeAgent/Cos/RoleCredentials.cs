using System.Net;
using Thpc.NodeAgent.Errors;
using Thpc.NodeAgent.Host.Network;
using Thpc.NodeAgent.Host.Processes;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Cos;

/// <summary>Temporary credentials of the CAM role that is bound to this instance.</summary>
internal static class RoleCredentials
{
    public static Backoff Pauses(Func<double>? random = null) =>
        new(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(8), random: random);

    /// <summary>Gets a temporary credential of the role bound to this instance. It retries after no answer, 429 and 5xx.</summary>
    /// <param name="limit">For all attempts together.</param>
    /// <param name="note">Called with a sentence for each failed attempt.</param>
    /// <returns>Null if no role is bound: 404, or an empty list.</returns>
    /// <exception cref="AgentException">COS_CREDENTIALS, with the reason.</exception>
    public static async Task<CosCredential?> GetAsync(
        MetadataService metadata, TimeSpan limit, Action<string> note, CancellationToken cancel)
    {
        var start = TimeProvider.System.GetTimestamp();
        var pauses = Pauses();
        for (var attempt = 1; ; attempt++)
        {
            var (credential, fault) = await TryGetAsync(metadata, cancel);
            if (fault is null)
            {
                return credential;
            }

            var left = limit - TimeProvider.System.GetElapsedTime(start);
            if (!fault.IsTransient || left < TimeSpan.FromSeconds(1))
            {
                var seconds = $"{TimeProvider.System.GetElapsedTime(start).TotalSeconds:0}";
                var tries = attempt > 1 ? Host.Messages.Attempts(attempt, seconds) : "";
                throw new AgentException(ErrorCode.CosCredentials, fault.Message + tries, fault.Hint);
            }

            var pause = pauses.Next(left);
            note($"attempt {attempt}: {fault.Message}; again in {pause.TotalSeconds:0.0} s");
            await Task.Delay(pause, cancel);
        }
    }

    /// <returns>Both null if no role is bound.</returns>
    private static async Task<(CosCredential? Credential, RoleFault? Fault)> TryGetAsync(
        MetadataService metadata, CancellationToken cancel)
    {
        var names = await metadata.GetAsync("cam/security-credentials/", cancel);
        if (names.Text is null && names.Status != HttpStatusCode.NotFound)
        {
            return (null, new(Messages.NoRoleName(names.Problem!), names.IsTransient));
        }

        var role = names.Text?.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        if (role is null)
        {
            return default;
        }

        var answer = await metadata.GetAsync($"cam/security-credentials/{Uri.EscapeDataString(role)}", cancel);
        role = TerminalText.OneLine(role);
        if (answer.Text is null)
        {
            return (null, new(Messages.NoRoleCredential(role, answer.Problem!), answer.IsTransient));
        }

        var (credential, problem) = RoleCredentialJson.Parse(answer.Text, Messages.Role(role));
        if (credential is null)
        {
            return (null, new(Messages.NoRoleCredential(role, problem!), IsTransient: false));
        }

        // Compare with the service's time: the node's clock may be wrong.
        return credential.Expires <= (answer.Date ?? DateTimeOffset.UtcNow)
            ? (null, new(
                Messages.NoRoleCredential(role, Messages.ExpiredAt($"{credential.Expires:yyyy-MM-dd HH:mm:ss}Z")), IsTransient: true))
            : (credential, null);
    }

    private sealed record RoleFault(LocalizedText Message, bool IsTransient)
    {
        public LocalizedText Hint => IsTransient ? Hints.CheckMetadataService : Hints.CheckRole;
    }
}
