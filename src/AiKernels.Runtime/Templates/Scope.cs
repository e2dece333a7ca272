using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates;

/// <summary>The variables of a part of a template, while it is rendered.</summary>
/// <param name="run">The rendering.</param>
/// <param name="parent">The scope around it; null for the template's own.</param>
/// <param name="length">How many variables it has.</param>
internal sealed class Scope(Rendering run, Scope? parent, int length)
{
    public Rendering Run { get; } = run;

    public Scope? Parent { get; } = parent;

    /// <summary>The values by place, see <see cref="Syntax.ScopeLayout"/>; null where a variable has none yet.</summary>
    public Value?[] Values { get; } = length == 0 ? [] : new Value?[length];
}
