using System.Text;
using System.Text.RegularExpressions;
using Thpc.NodeAgent.Configuration.Toml;
using Thpc.NodeAgent.Text;

namespace Thpc.NodeAgent.Configuration.Sections;

/// <summary>Reads the whole configuration: which keys exist, which values are valid, and their defaults.</summary>
internal static partial class ConfigReader
{
    // The API's own limit (ScriptPath); a presigned URL additionally has a signature and a token.
    private const int MaxScriptPath = 255;
    private const int MaxUrl = 4096;

    // Linux allows 128 KiB for one argument and a quarter of the stack limit for all of them; this limit is far below.
    private const int MaxArgumentBytes = 4096;

    private static readonly string[] Schedulers = ["SLURM", "SGE"];
    private static readonly string[] NoSchedulers = ["NULL", "TRUE", "FALSE", "UNKNOWN", "SCHEDULER", "TODO"];

    /// <summary>Reads everything. If it adds diagnostics to the findings, the result must not be used.</summary>
    /// <param name="added">Storage to be added, by section; may be null.</param>
    public static LoadedConfig Read(ConfigNode root, ConfigNode? added, ConfigNotices findings)
    {
        var top = new TableReader(root, "", findings);
        var cluster = Cluster(top.Table("cluster"));
        List<InitScript> scripts = [.. top.Tables("init_script").Select(Script)];
        var storage = StorageRules.Join(
            StorageReader.Read(top),
            StorageReader.Read(new TableReader(added, "", findings)),
            findings);
        var section = ScriptSectionReader.Read(top.Table("script"), scripts);
        var config = new NodeConfig(
            cluster,
            scripts,
            storage.All,
            Cos(top.Table("cos")),
            Mount(top.Table("mount")),
            section.KillGrace,
            Metadata(top.Table("metadata")),
            Packages(top.Table("packages")),
            StorageClientsReader.Read(top.Table("storage"), storage.All),
            MetricsReader.Read(top.Table("metrics"), storage.All),
            FleetReader.Read(top.Table("fleet")))
        {
            AllowedSigners = section.AllowedSigners,
        };
        top.Close();
        return new LoadedConfig(config, findings.Settings, findings.Warnings, storage.Added, storage.New);
    }

    private static ClusterSettings Cluster(TableReader table)
    {
        var id = table.RequiredText(ConfigKeys.ClusterId);
        if (id is not null && !ClusterIdPattern().IsMatch(id))
        {
            table.AddDiagnostic("id", Messages.NotClusterId(TerminalText.Quoted(id)));
        }

        var roleName = table.RequiredText(ConfigKeys.NodeRole);
        var role = roleName is null ? null : Role(table, "node_role", roleName);
        var scheduler = TypeName(table, ConfigKeys.SchedulerType);
        RequireScheduler(table, scheduler);
        var account = TypeName(table, ConfigKeys.AccountType);
        table.Close();
        return new ClusterSettings(id ?? "", role ?? default, scheduler, account);
    }

    private static NodeRole? Role(TableReader table, string key, string name)
    {
        var role = NodeRoles.Parse(name);
        if (role is null)
        {
            table.AddDiagnostic(key, Messages.Unknown(TerminalText.Quoted(name), NodeRoles.All));
        }

        return role;
    }

    private static string TypeName(TableReader table, ConfigKey key)
    {
        var word = table.Text(key)!;
        if (!TypeNamePattern().IsMatch(word))
        {
            table.AddDiagnostic(key.Name, Messages.NotTypeName(TerminalText.Quoted(word), key.Default!));
        }

        return word.ToUpperInvariant();
    }

    /// <summary>
    /// Refuses misspelled names of known schedulers, and words such as NULL and TODO. Schedulers that this version does not know are
    /// allowed.
    /// </summary>
    private static void RequireScheduler(TableReader table, string name)
    {
        var near = Schedulers.FirstOrDefault(
            known => known != name && name.Length <= known.Length + 1 && Suggestions.IsSimilar(known, name));
        if (near is not null || NoSchedulers.Contains(name))
        {
            table.AddDiagnostic(
                "scheduler_type", near is null ? Messages.NotScheduler(name) : Messages.MisspelledScheduler(name, near));
        }
    }

    private static InitScript Script(TableReader table)
    {
        var path = table.RequiredText(ConfigKeys.ScriptPath);
        var max = path?.StartsWith("https://", StringComparison.OrdinalIgnoreCase) == true ? MaxUrl : MaxScriptPath;
        var location = path?.Length <= max
            && path.Contains("://", StringComparison.Ordinal)
            && Uri.TryCreate(path, UriKind.Absolute, out var uri)
                ? uri
                : null;
        if (path?.Length > max)
        {
            table.AddDiagnostic("script_path", Messages.TooManyCharacters(path.Length, max));
        }
        else if (path is not null && LocalPath.ValidateBlanks(path, Url.WithoutSecrets(path)) is { } blank)
        {
            table.AddDiagnostic("script_path", blank);
        }
        else if (path is not null && location is not null && HasDots(path, location))
        {
            table.AddDiagnostic("script_path", Messages.DotsInUrl(TerminalText.Quoted(Url.WithoutSecrets(path))));
        }
        else if (path is not null && (location is null || !IsScriptLocation(location)))
        {
            table.AddDiagnostic("script_path", Messages.NotScriptLocation(TerminalText.Quoted(Url.WithoutSecrets(path))));
        }
        else if (location is not null && CosBucket.NameWithoutAppId(location.Host) is { } bucket)
        {
            table.AddDiagnostic("script_path", Messages.NoAppId(bucket));
        }

        var timeout = table.Seconds(ConfigKeys.ScriptTimeout);
        var sha256 = table.Text(ConfigKeys.ScriptSha256)!;
        if (sha256.Length > 0 && !Sha256Pattern().IsMatch(sha256))
        {
            table.AddDiagnostic("sha256", Messages.NotSha256(TerminalText.Quoted(sha256)));
        }

        var mayFail = table.Choice(ConfigKeys.ScriptOnFailure) == "continue";
        var args = Arguments(table);
        var roles = table.Texts(ConfigKeys.ScriptRoles).Select(name => Role(table, "roles", name)).OfType<NodeRole>().Distinct().ToList();
        var everyBoot = table.Choice(ConfigKeys.ScriptRun) == "every-boot";
        table.Close();
        return new InitScript(
            location ?? new Uri(ConfigKeys.ScriptPath.Example!),
            timeout,
            sha256.Length > 0 ? sha256.ToUpperInvariant() : null,
            mayFail)
        {
            Args = args,
            Roles = roles,
            EveryBoot = everyBoot,
        };
    }

    private static IReadOnlyList<string> Arguments(TableReader table)
    {
        var args = table.Texts(ConfigKeys.ScriptArgs);
        if (args.Count > ConfigKeys.ScriptArgs.Max)
        {
            table.AddDiagnostic("args", Messages.TooManyArguments(args.Count, ConfigKeys.ScriptArgs.Max));
        }

        for (var i = 0; i < args.Count; i++)
        {
            if (args[i].Contains('\0', StringComparison.Ordinal))
            {
                table.AddDiagnostic("args", Messages.NulInArgument(i + 1));
            }

            if (Encoding.UTF8.GetByteCount(args[i]) is > MaxArgumentBytes and var bytes)
            {
                table.AddDiagnostic("args", Messages.ArgumentTooLong(i + 1, bytes, MaxArgumentBytes));
            }
        }

        return args;
    }

    /// <summary>Whether the path has . or .. as a part. Parsing a URI removes these, so that it would name another object.</summary>
    private static bool HasDots(string path, Uri location) =>
        location.Scheme is "cos" or "https"
        && path.Split('?', '#')[0].Split('/', '\\').Any(part => Uri.UnescapeDataString(part) is "." or "..");

    private static bool IsScriptLocation(Uri uri) => uri.Scheme switch
    {
        "cos" => uri.Host.Contains('.', StringComparison.Ordinal) && uri.AbsolutePath.Length > 1 && uri.UserInfo.Length == 0
            && uri.Query.Length == 0 && uri.Fragment.Length == 0 && uri.IsDefaultPort,
        "https" => uri.Host.Length > 0 && uri.AbsolutePath.Length > 1 && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0,
        "file" => uri.Host.Length == 0 && uri.AbsolutePath.Length > 1 && uri.Query.Length == 0 && uri.Fragment.Length == 0,
        _ => false,
    };

    private static CosSettings Cos(TableReader table)
    {
        var credentials = table.Choice(ConfigKeys.CosCredentials) switch
        {
            "role" => CosCredentialSource.Role,
            "env" => CosCredentialSource.Environment,
            "file" => CosCredentialSource.File,
            "anonymous" => CosCredentialSource.Anonymous,
            _ => CosCredentialSource.Auto,
        };
        var endpoint = Endpoint(table, ConfigKeys.CosEndpoint);
        table.Close();
        return new CosSettings(credentials, endpoint);
    }

    private static MountSettings Mount(TableReader table)
    {
        var timeout = table.Seconds(ConfigKeys.MountTimeout);
        var attempt = table.Seconds(ConfigKeys.MountAttemptTimeout);
        var parallelism = table.Integer(ConfigKeys.MountParallelism);
        var early = table.Boolean(ConfigKeys.MountEarly);
        table.Close();
        return new MountSettings(timeout, attempt, parallelism, early);
    }

    private static Uri? Metadata(TableReader table)
    {
        var endpoint = Endpoint(table, ConfigKeys.MetadataEndpoint);
        table.Close();
        return endpoint;
    }

    private static PackagesSettings Packages(TableReader table)
    {
        var extra = table.Texts(ConfigKeys.PackagesExtra);
        foreach (var name in extra.Where(name => !PackagePattern().IsMatch(name)))
        {
            table.AddDiagnostic("extra", Messages.NotPackage(TerminalText.Quoted(name)));
        }

        var timeout = table.Seconds(ConfigKeys.PackagesTimeout);
        var lockTimeout = table.Seconds(ConfigKeys.PackagesLockTimeout);
        table.Close();
        return new PackagesSettings(extra, timeout, lockTimeout);
    }

    private static Uri? Endpoint(TableReader table, ConfigKey key)
    {
        var text = table.Text(key)!;
        if (text.Length == 0)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.AbsolutePath == "/"
            && uri.UserInfo.Length == 0 && uri.Query.Length == 0 && uri.Fragment.Length == 0)
        {
            return uri;
        }

        table.AddDiagnostic(key.Name, Messages.NotEndpoint(TerminalText.Quoted(Url.WithoutSecrets(text))));
        return null;
    }

    [GeneratedRegex($@"^{ConfigKeys.ClusterIdPattern}\z")]
    private static partial Regex ClusterIdPattern();

    [GeneratedRegex($@"^{ConfigKeys.TypeNamePattern}\z")]
    private static partial Regex TypeNamePattern();

    [GeneratedRegex($@"^{ConfigKeys.Sha256Pattern}\z")]
    private static partial Regex Sha256Pattern();

    // apt would remove a package whose name is followed by -.
    [GeneratedRegex(@"^[A-Za-z0-9](?:[A-Za-z0-9._+:-]{0,199}[A-Za-z0-9.+])?\z")]
    private static partial Regex PackagePattern();
}
