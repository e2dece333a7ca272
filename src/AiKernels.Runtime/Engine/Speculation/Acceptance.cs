namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>How likely a request's drafts are right, learned from those so far, for each degree of evidence.</summary>
/// <param name="degrees">Degrees of evidence.</param>
internal sealed class Acceptance(int degrees)
{
    private const double Unknown = 0.5, Weight = 0.2;

    // Of an occasion that was let pass: after some dozens, one is tried again.
    private const double Recovery = 0.02;

    private readonly double[] _probabilities = [.. Enumerable.Repeat(Unknown, degrees)];

    /// <summary>That a draft is right, if those before it are.</summary>
    public double Of(int degree) => _probabilities[degree];

    /// <summary>So many drafts were tried, and the first ones of them were right.</summary>
    public void Learn(int degree, int drafts, int accepted)
    {
        ref var probability = ref _probabilities[degree];
        for (var i = 0; i < accepted; i++)
        {
            probability += Weight * (1 - probability);
        }

        if (accepted < drafts)
        {
            probability -= Weight * probability;
        }
    }

    /// <summary>Nothing was tried: it didn't look worth it.</summary>
    public void LetPass(int degree) => _probabilities[degree] += Recovery * (Unknown - _probabilities[degree]);
}
