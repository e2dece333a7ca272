using AiKernels.Runtime.Templates.Values;

namespace AiKernels.Runtime.Templates;

/// <summary>The variables of a part of a template, while it is rendered.</summary>
internal sealed class Scope
{
    /// <param name="run">The rendering, which pays for the variables: a short loop may open a scope of many.</param>
    /// <param name="parent">The scope around it; null for the template's own.</param>
    /// <param name="length">How many variables it has.</param>
    public Scope(Rendering run, Scope? parent, int length)
    {
        run.Step(length);
        (Run, Parent) = (run, parent);
        Values = length == 0 ? [] : new Value?[length];
    }

    public Rendering Run { get; }

    public Scope? Parent { get; }

    /// <summary>The values by place, see <see cref="Syntax.ScopeLayout"/>; null where a variable has none yet.</summary>
    public Value?[] Values { get; }
}
