namespace AiKernels.Runtime.Engine;

/// <summary>How an engine shares the machine out.</summary>
/// <example><code>using var engine = new InferenceEngine(model, new EngineOptions { MaxSequences = 16, ClearsPages = true });</code></example>
public sealed record EngineOptions
{
    /// <summary>The longest time that can be asked for.</summary>
    internal static readonly TimeSpan MostTime = TimeSpan.FromDays(1000);

    /// <summary>The most requests that are answered at once. More of them make each slower, and all together faster.</summary>
    public int MaxSequences { get; init; } = 64;

    /// <summary>
    /// The most of these that may be one tenant's, see <see cref="GenerationOptions.Tenant"/>; 0 for three quarters. An answer keeps
    /// its place to its end, so these are the places that others find free however much one asks.
    /// </summary>
    public int MaxSequencesOfTenant { get; init; }

    /// <summary>
    /// The most requests beside <see cref="MaxSequences"/> that are under way, and so wait; further ones are refused with
    /// <see cref="EngineBusyException"/>. At least 1; 256 by default.
    /// </summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>
    /// How long a step should take at most while answers are being generated: prompts beside them run in pieces that fit.
    /// Shorter ones make answers flow more evenly, longer ones make prompts start sooner. It changes no bit.
    /// </summary>
    public TimeSpan StepTime { get; init; } = TimeSpan.FromMilliseconds(120);

    /// <summary>
    /// Bytes of the host's memory for keys and values of requests that had to give their pages to others, to be brought back
    /// later; what doesn't fit is computed again. 0 where the cache itself is in the host's memory, and might as well be larger.
    /// </summary>
    public long SwapBytes { get; init; }

    /// <summary>
    /// Whether keys and values are overwritten with zeros as soon as no request uses them. Then beginnings are only shared by
    /// requests that run at the same time.
    /// </summary>
    public bool ClearsPages { get; init; }

    /// <summary>
    /// Whether answers are guessed from what they repeat, and the guesses checked several at once. It changes no token, and
    /// is left off by itself for as long as it doesn't pay.
    /// </summary>
    public bool Speculates { get; init; } = true;

    /// <summary>
    /// A smaller model of the same vocabulary, loaded by the host, which must outlive the engine: where it is given, it does the
    /// guessing. It may be on the same backend.
    /// </summary>
    public LanguageModel? DraftModel { get; init; }

    /// <summary>A request of a priority higher by one stands as if it had come this much earlier.</summary>
    public TimeSpan PriorityAge { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A request that has waited this long, its priority taken into account, is overtaken by no later one, but for those of other
    /// tenants while its own has all the places that it may have.
    /// </summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For tests: guesses as much as possible, whether it pays or not.</summary>
    internal bool AlwaysGuesses { get; init; }

    /// <summary>Checks that every option is in its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One isn't; the message names it.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxSequences);
        ArgumentOutOfRangeException.ThrowIfNegative(MaxSequencesOfTenant);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaxWaiting);
        ArgumentOutOfRangeException.ThrowIfNegative(SwapBytes);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(StepTime, TimeSpan.Zero);
        foreach (var (time, name) in ((TimeSpan, string)[])
            [(StepTime, nameof(StepTime)), (PriorityAge, nameof(PriorityAge)), (Patience, nameof(Patience))])
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(time, MostTime, name);
        }
    }
}
