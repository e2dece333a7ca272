using AiKernels.Runtime.Templates.Library;
using AiKernels.Runtime.Templates.Nodes;

namespace AiKernels.Runtime.Templates.Values;

/// <summary><c>loop</c>: where a loop is; called, a recursive loop runs over other items.</summary>
/// <param name="loop">The loop.</param>
/// <param name="scope">The scope around it.</param>
/// <param name="items">What it runs over.</param>
/// <param name="depth">How often the loop has called itself.</param>
internal sealed class LoopValue(ForStatement loop, Scope scope, IReadOnlyList<Value> items, int depth) : CallableValue
{
    private static readonly Builtin Cycle = Builtin.Open("cycle", (_, self, arguments) => ((LoopValue)self).Choose(arguments));
    private static readonly Builtin Changed =
        Builtin.Open("changed", (run, self, arguments) => ((LoopValue)self).HasChanged(run, arguments));

    private Value[]? _lastChanged;

    /// <summary>The current item, from 0.</summary>
    public int Index { get; set; }

    public int Count => items.Count;

    public override string Kind => "a loop";

    public override Value? Attribute(Rendering run, string name) => name switch
    {
        "index" => IntegerValue.Of((long)Index + 1),
        "index0" => IntegerValue.Of((long)Index),
        "revindex" => IntegerValue.Of((long)items.Count - Index),
        "revindex0" => IntegerValue.Of((long)items.Count - Index - 1),
        "first" => BooleanValue.Of(Index == 0),
        "last" => BooleanValue.Of(Index == items.Count - 1),
        "length" => IntegerValue.Of((long)items.Count),
        "depth" => IntegerValue.Of((long)depth + 1),
        "depth0" => IntegerValue.Of((long)depth),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue(name, "the first item"),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue(name, "the last item"),
        "cycle" => new FunctionValue(Cycle, this),
        "changed" => new FunctionValue(Changed, this),
        _ => null,
    };

    public override Value Call(Rendering run, Arguments arguments) =>
        !loop.IsRecursive ? throw new TemplateException("only a loop that is 'recursive' can be called")
        : arguments is { Positional: [var inner], Named.Length: 0 } ? loop.Recurse(scope, inner, depth + 1)
        : throw new TemplateException("a loop is called with the items to run over, and nothing else");

    private Value Choose(Arguments arguments) => arguments.Positional is { Length: > 0 } choices
        ? choices[Index % choices.Length]
        : throw new TemplateException("'cycle' needs values to choose from");

    private BooleanValue HasChanged(Rendering run, Arguments arguments)
    {
        var last = _lastChanged;
        _lastChanged = arguments.Positional;
        return BooleanValue.Of(last is null || last.Length != _lastChanged.Length
            || last.Zip(_lastChanged).Any(pair => !Comparison.Equal(run, pair.First, pair.Second)));
    }
}
