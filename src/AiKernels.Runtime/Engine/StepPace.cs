namespace AiKernels.Runtime.Engine;

/// <summary>
/// How many prompt tokens fit in a step beside answers, so that it takes about a wanted time. Learned from the steps so far;
/// it decides how prompts are cut, which changes no bit.
/// </summary>
/// <param name="target">The wanted time.</param>
/// <param name="maxTokens">The most tokens of a step.</param>
internal sealed class StepPace(TimeSpan target, int maxTokens)
{
    // Fewer would take as long: weights have to be read for one as for many. It is also what is tried before anything is known.
    private const int LeastTokens = 16;

    // Of a new measurement: enough to follow a context that grows, little enough to forget a moment in which the system was busy.
    private const double Weight = 0.25;

    private double _answers, _promptToken;

    /// <summary>The most prompt tokens of the next step.</summary>
    /// <param name="answers">Answers that get their next token in it.</param>
    public int PromptTokens(int answers)
    {
        if (answers == 0)
        {
            return maxTokens; // Nobody is kept waiting.
        }

        var room = _promptToken > 0 ? (target.TotalSeconds - _answers) / _promptToken : 0;
        return Math.Clamp((int)Math.Min(room, maxTokens), Math.Min(LeastTokens, maxTokens), maxTokens);
    }

    /// <summary>A step of so many prompt tokens and answers took so long.</summary>
    public void Learn(int promptTokens, int answers, TimeSpan time)
    {
        var seconds = time.TotalSeconds;
        if (promptTokens == 0)
        {
            Approach(ref _answers, seconds);
        }
        else if (answers == 0 || seconds > _answers)
        {
            Approach(ref _promptToken, (seconds - (answers == 0 ? 0 : _answers)) / promptTokens);
        }
    }

    private static void Approach(ref double value, double measured) => value = value == 0 ? measured : value + (Weight * (measured - value));
}
