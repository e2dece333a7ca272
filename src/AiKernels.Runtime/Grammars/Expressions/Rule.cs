namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A named expression, which expressions call. Its body is given once all that it calls are known by name.</summary>
internal sealed class Rule(string name)
{
    private Expression? _body;

    /// <summary>What its author calls it.</summary>
    public string Name { get; } = name;

    /// <summary>What it stands for.</summary>
    public Expression Body
    {
        get => _body ?? throw new InvalidOperationException($"the rule {Name} has no body yet");
        set => _body = value;
    }

    public override string ToString() => Name;
}
