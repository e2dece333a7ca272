namespace AiKernels.Runtime.Templates.Values;

/// <summary>
/// What a template computes with: one of the kinds in this folder. There is nothing of .NET behind them, no type and no
/// member, so a template can reach no more than they offer.
/// </summary>
internal abstract class Value
{
    /// <summary>What it is, for messages, with an article.</summary>
    public abstract string Kind { get; }

    /// <summary>Whether it counts as true.</summary>
    public virtual bool IsTrue => true;

    /// <summary>
    /// An attribute that values of this kind bring themselves, beside the methods in <see cref="Library.Methods"/>; null where
    /// there is none.
    /// </summary>
    public virtual Value? Attribute(Rendering run, string name) => null;
}
