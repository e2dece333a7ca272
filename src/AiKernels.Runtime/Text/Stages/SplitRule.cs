namespace AiKernels.Runtime.Text;

/// <summary>One of the ways by which text is split before its words become tokens; the order of a list of them matters.</summary>
internal abstract record SplitRule
{
    /// <summary>The stage that splits by this rule.</summary>
    /// <param name="next">Takes the pieces.</param>
    public abstract Stage Before(Stage next);
}
