using AiKernels.Runtime.Grammars.Expressions;

namespace AiKernels.Runtime.Grammars.Matching;

/// <summary>What is still to come: the rest of a rule, and below it what follows the rule; null below the last.</summary>
/// <remarks>Made once for each pair, so that equal stacks are the same object.</remarks>
internal sealed class StackNode(int id, Expression top, StackNode? below)
{
    public int Id => id;

    public Expression Top => top;

    public StackNode? Below => below;
}
