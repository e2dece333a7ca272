using AiKernels.Runtime.Engine.Scheduling;

namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>
/// Guesses what requests will say, as far as it pays. The model then chooses by itself, at each guess as if it had not been
/// there, and goes on behind the last one that was right: so guesses change no token. To be used by one thread.
/// </summary>
/// <param name="policy">What is worth trying.</param>
internal abstract class Drafter(DraftPolicy policy) : IDisposable
{
    // Of all requests together: each has the logits of a whole vocabulary.
    private const int MostDrafts = 64;

    /// <summary>What is worth trying.</summary>
    protected DraftPolicy Policy => policy;

    /// <summary>Gives requests their drafts. Only where there is nothing else to do: beside a prompt each guess is a token less of it.</summary>
    /// <param name="answering">The requests that get their next token.</param>
    /// <param name="isBusy">Whether there is something else to do.</param>
    public void Draft(IReadOnlyList<EngineRequest> answering, bool isBusy)
    {
        foreach (var request in answering)
        {
            request.Drafts = default;
        }

        if (answering.Count > 0 && !isBusy && Policy.IsWorthTrying(answering.Count))
        {
            Guess(answering);
            Trim(answering);
        }
    }

    /// <summary>What came of a request's drafts.</summary>
    public abstract void Learn(EngineRequest request, int drafts, int accepted);

    /// <summary>What came of a step.</summary>
    public void Learn(StepPlan plan, int accepted, TimeSpan time)
    {
        var drafts = 0;
        foreach (var chunk in plan.Chunks)
        {
            if (chunk.Known > 1)
            {
                Policy.LetPass(); // A prompt's time is none of ours.
                return;
            }

            drafts += chunk.Drafts;
        }

        if (plan.Chunks.Count > 0)
        {
            Policy.Learn(plan.Chunks.Count, drafts, accepted, time);
        }
    }

    /// <summary>A request ended.</summary>
    public abstract void Remove(EngineRequest request);

    public abstract void Dispose();

    private static void Trim(IReadOnlyList<EngineRequest> answering)
    {
        var room = MostDrafts;
        for (var i = 0; i < answering.Count; i++)
        {
            var drafts = answering[i].Drafts;
            answering[i].Drafts = drafts[..Math.Min(drafts.Length, room)];
            room -= answering[i].Drafts.Length;
        }
    }

    /// <summary>Gives requests as many drafts as are worth it.</summary>
    protected abstract void Guess(IReadOnlyList<EngineRequest> answering);
}
