using System.CommandLine;
using System.Globalization;

namespace Thpc.NodeAgent.Cli;

/// <summary>An option whose value is a whole number in a range. Its description and its error name the range.</summary>
internal sealed class NumberOption : Option<int>
{
    /// <param name="description">Without the range, which is added.</param>
    /// <param name="initial">The value where the option is not given; null: none.</param>
    public NumberOption(string name, string description, string helpName, int min, int max, int? initial = null)
        : base(name)
    {
        Range = string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");
        Description = $"{description}, {Range}";
        HelpName = helpName;
        if (initial is { } value)
        {
            DefaultValueFactory = _ => value;
        }

        Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    && number >= min && number <= max))
            {
                result.AddError(Range);
            }
        });
    }

    /// <summary>Such as "10 to 1200".</summary>
    public string Range { get; }

    /// <returns>Null if the option is not given and has no default.</returns>
    public int? In(ParseResult parse) => parse.GetResult(this) is null ? null : parse.GetValue(this);
}
