namespace Thpc.NodeAgent.Errors;

/// <summary>Which language hints are shown in.</summary>
internal static class LanguageChoice
{
    /// <summary>The values of --lang.</summary>
    public static readonly string[] Names = ["en", "zh"];

    // The order of setlocale(3) for LC_MESSAGES: the first that is not empty decides.
    private static readonly string[] Variables = ["LC_ALL", "LC_MESSAGES", "LANG"];

    /// <param name="flag">--lang, one of the names; null where it is not given, and the environment decides.</param>
    public static Language Choose(string? flag, IReadOnlyDictionary<string, string> environment) =>
        Choose(flag ?? Variables.Select(name => environment.GetValueOrDefault(name, "")).FirstOrDefault(value => value.Length > 0, ""));

    /// <summary>Of a locale's name, LANGUAGE[_TERRITORY][.CHARSET][@MODIFIER], as locale(7) has it.</summary>
    private static Language Choose(string locale) =>
        locale.Split('_', '.', '@', '-')[0].Equals("zh", StringComparison.OrdinalIgnoreCase) ? Language.Chinese : Language.English;
}
