namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>An expression to which perhaps no text belongs, though it doesn't look so.</summary>
internal interface IPerhapsEmpty
{
    /// <summary>What is left after a byte; perhaps no text belongs to that, either.</summary>
    Expression DeriveUnchecked(byte value);
}
