namespace AiKernels.Runtime.Templates.Values;

/// <summary>What isn't there: it counts as empty wherever it is only read, and can't be computed with.</summary>
/// <param name="name">What was looked for.</param>
/// <param name="owner">In what; null for a variable.</param>
internal sealed class UndefinedValue(string name, string? owner = null) : Value
{
    /// <summary>The result of an expression that has none, such as the first item of an empty list.</summary>
    public static UndefinedValue Nothing { get; } = new("this value");

    public override string Kind => "an undefined value";

    public override bool IsTrue => false;

    /// <summary>Why it isn't there: the first half of a sentence.</summary>
    public string Reason => owner is null ? $"{Quoted.Name(name)} is undefined" : $"{owner} has no {Quoted.Name(name)}";
}
