namespace AiKernels.Runtime.Grammars.Expressions;

/// <summary>
/// Expressions that differ in a state, too many to write down: which properties of an object are still to come, say. A
/// member is written when a text reaches it. It must begin with a byte, so that writing one doesn't need the next.
/// </summary>
internal interface IExpressionFamily
{
    /// <summary>See <see cref="Expression.EndsUniqueItem"/>.</summary>
    bool EndsUniqueItem(object state);

    /// <summary>The member of a state.</summary>
    Expression Write(object state);
}
