using AiKernels.Runtime.Templates.Syntax;
using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>A value that is written out.</summary>
internal sealed record Constant(int At, Value Value) : Expression(At, 1)
{
    public override Value Evaluate(Scope scope) => Value;
}

/// <summary>A variable: the nearest scope that has set it by now. Which ones may have is known once the template is parsed.</summary>
internal sealed record NameExpression(int At, string Name, ScopeLayout Layout) : Expression(At, 1)
{
    private readonly UndefinedValue _missing = new(Name);
    private (int Hops, int Place)[] _candidates = [];

    public override Value Evaluate(Scope scope)
    {
        foreach (var (hops, place) in _candidates)
        {
            for (var i = 0; i < hops; i++)
            {
                scope = scope.Parent!;
            }

            if (scope.Values[place] is { } value)
            {
                return value;
            }
        }

        return _missing;
    }

    /// <summary>Finds the scopes that may have it. The template's own has every name: the context's and the functions' too.</summary>
    public void Resolve()
    {
        List<(int, int)> candidates = [];
        var hops = 0;
        for (var layout = Layout; layout is not null; layout = layout.Parent)
        {
            if ((layout.Parent is null ? layout.Declare(Name) : layout.Find(Name)) is { } place)
            {
                candidates.Add((hops, place));
                hops = 0;
            }

            hops++;
        }

        _candidates = [.. candidates];
    }
}
