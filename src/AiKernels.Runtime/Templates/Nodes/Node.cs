namespace AiKernels.Runtime.Templates.Nodes;

/// <summary>A part of a parsed template.</summary>
/// <param name="At">Where in the source it is.</param>
/// <param name="Height">How many nodes lie in each other here, this one included.</param>
/// <remarks>A node evaluates itself. What it needs of the stack between two calls of a template is bounded by its height.</remarks>
internal abstract record Node(int At, int Height)
{
    // A node takes about 200 bytes of stack; Rendering.Enter sees to it that 64 KB are left.
    private const int MostHeight = 250;

    /// <summary>How many nodes lie in each other here.</summary>
    public int Height { get; } = Height <= MostHeight
        ? Height
        : throw new TemplateException("the template is nested too deeply", At);

    /// <summary>The height of a node over others.</summary>
    protected static int Over(params ReadOnlySpan<Node?> parts)
    {
        var height = 0;
        foreach (var part in parts)
        {
            height = Math.Max(height, part?.Height ?? 0);
        }

        return height + 1;
    }

    /// <summary>The height of a node over others.</summary>
    protected static int Over(IEnumerable<Node?> parts) => parts.Max(part => part?.Height) + 1 ?? 1;
}

/// <summary>What has a value.</summary>
internal abstract record Expression(int At, int Height) : Node(At, Height)
{
    public abstract Values.Value Evaluate(Scope scope);
}

/// <summary>What writes something, or sets variables.</summary>
internal abstract record Statement(int At, int Height) : Node(At, Height)
{
    public abstract Flow Render(Scope scope);
}

/// <summary>Where it goes on after a statement.</summary>
internal enum Flow
{
    /// <summary>With the next one.</summary>
    Next,

    /// <summary>Behind the loop.</summary>
    Break,

    /// <summary>With the loop's next item.</summary>
    Continue,
}
