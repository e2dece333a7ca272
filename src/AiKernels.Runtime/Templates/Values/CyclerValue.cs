using AiKernels.Runtime.Templates.Library;

namespace AiKernels.Runtime.Templates.Values;

/// <summary>What <c>cycler()</c> makes: values in turn.</summary>
internal sealed class CyclerValue(Value[] items) : Value
{
    private static readonly Builtin Next = new("next", (_, self, _) => ((CyclerValue)self).MoveOn());
    private static readonly Builtin Reset = new("reset", (_, self, _) => ((CyclerValue)self).Restart());

    private int _place;

    public override string Kind => "a cycler";

    public override Value? Attribute(Rendering run, string name) => name switch
    {
        "current" => items[_place],
        "next" => new FunctionValue(Next, this),
        "reset" => new FunctionValue(Reset, this),
        _ => null,
    };

    private Value MoveOn()
    {
        var current = items[_place];
        _place = (_place + 1) % items.Length;
        return current;
    }

    private NoneValue Restart()
    {
        _place = 0;
        return NoneValue.Instance;
    }
}
