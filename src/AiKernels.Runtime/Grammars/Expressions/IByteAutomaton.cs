namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>A deterministic automaton over bytes, for what is easier counted than written: multiples of a number, say.</summary>
internal interface IByteAutomaton
{
    /// <summary>Whether a text may end in a state.</summary>
    bool Accepts(int state);

    /// <summary>The state after a byte, which leads to one in which a text may end; negative if there is none.</summary>
    int Next(int state, byte value);
}
