namespace Thpc.NodeAgent.Errors;

/// <summary>Chooses the language of hints from --lang and the environment.</summary>
internal static class LanguageChoice
{
    /// <summary>The values of --lang.</summary>
    public static readonly string[] Names = ["en", "zh"];

    // The order of setlocale(3) for LC_MESSAGES: the first variable that is not empty decides.
    private static readonly string[] Variables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    // The same for LC_CTYPE.
    private static readonly string[] CharacterVariables = ["LC_ALL", "LC_CTYPE", "LANG"];

    /// <param name="flag">The value of --lang, one of <see cref="Names"/>; null if not given: then the environment decides.</param>
    public static Language Choose(string? flag, IReadOnlyDictionary<string, string> environment) =>
        Choose(flag ?? Variables.Select(name => environment.GetValueOrDefault(name, "")).FirstOrDefault(value => value.Length > 0, ""));

    /// <summary>Whether a variable sets the locale C or POSIX, whose characters are ASCII. Without any locale it is UTF-8.</summary>
    public static bool IsAscii(IReadOnlyDictionary<string, string> environment) =>
        CharacterVariables.Select(name => environment.GetValueOrDefault(name, "")).FirstOrDefault(value => value.Length > 0)
            is "C" or "POSIX";

    /// <param name="locale">A locale name, LANGUAGE[_TERRITORY][.CHARSET][@MODIFIER], as in locale(7).</param>
    private static Language Choose(string locale) =>
        locale.Split('_', '.', '@', '-')[0].Equals("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese : Language.English;
}
