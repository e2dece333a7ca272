namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>What an automaton takes from a state on.</summary>
internal sealed class AutomatonState(ExpressionStore store, int id, IByteAutomaton automaton, int state)
    : Expression(store, id), IPerhapsEmpty
{
    private ByteSet? _firstBytes;

    public override bool IsNullable => automaton.Accepts(state);

    public override bool IsRegular => true;

    public override ByteSet FirstBytes => _firstBytes ??= FindFirstBytes();

    public override void Divide(ByteClasses classes)
    {
        for (var value = 0; value < 256; value++)
        {
            if (FirstBytes.Contains((byte)value))
            {
                classes.Divide(ByteSet.Of((byte)value));
            }
        }
    }

    public Expression DeriveUnchecked(byte value) =>
        automaton.Next(state, value) is >= 0 and var next ? Store.Automaton(automaton, next) : Store.Nothing;

    internal override Expression Derive(int symbol) =>
        symbol < FirstToken ? DeriveUnchecked((byte)symbol) : Store.Nothing;

    private ByteSet FindFirstBytes()
    {
        var first = default(ByteSet);
        for (var value = 0; value < 256; value++)
        {
            first |= automaton.Next(state, (byte)value) >= 0 ? ByteSet.Of((byte)value) : default;
        }

        return first;
    }
}
