namespace Thpc.NodeAgent.Text;

/// <summary>Finds the password in `mysql -pSECRET` and `sshpass -p SECRET`. Other programs mean other things by `-p`.</summary>
internal static class PasswordOptionFinder
{
    private const string Option = "-p";
    private const int MinUnknownLength = 6;

    private static readonly string[] DatabasePrograms = ["mysql", "mariadb"];

    // For these programs `-p` names a partition.
    private static readonly string[] SlurmPrograms =
        ["sbatch", "srun", "salloc", "sinfo", "squeue", "sacct", "sstat", "scontrol", "scancel"];

    /// <param name="start">Where an option's name begins; it ends before <paramref name="end"/>.</param>
    /// <returns>Null if the option is not a password.</returns>
    public static Redactor.Part? Find(string text, int start, int end)
    {
        var name = text.AsSpan(start, end - start);
        if (!name.StartsWith(Option, StringComparison.Ordinal)
            || (start > 0 && !char.IsWhiteSpace(text[start - 1]) && text[start - 1] is not ('"' or '\'')))
        {
            return null;
        }

        var value = start + Option.Length;
        var words = SecretValueReader.WordsBefore(text, start);
        var isSshpass = words is [.., var last] && Program(last) == "sshpass";
        if (value == end && isSshpass)
        {
            value = SecretValueReader.SkipBlanks(text, value);
        }

        var isSecret = isSshpass
            || Array.Exists(words, word => DatabasePrograms.Any(program => Program(word).StartsWith(program, StringComparison.Ordinal)))
            || (name.Length >= Option.Length + MinUnknownLength && char.IsAsciiLetterUpper(name[Option.Length])
                && !Array.Exists(words, word => SlurmPrograms.Contains(Program(word))));
        return isSecret && SecretValueReader.End(text, value, ' ') is var valueEnd && valueEnd > value
            ? new Redactor.Part(value, valueEnd) : null;
    }

    private static string Program(string word) => word[(word.LastIndexOf('/') + 1)..];
}
