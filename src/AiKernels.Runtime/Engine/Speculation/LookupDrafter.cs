namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>Guesses that each request repeats what stands in its own text, see <see cref="TokenLookup"/>.</summary>
internal sealed class LookupDrafter(DraftPolicy policy) : Drafter(policy)
{
    // How many tokens were the same before: what follows three is a poorer guess than what follows ten.
    private const int Degrees = 4, TokensPerDegree = 2;

    private readonly Dictionary<EngineRequest, State> _states = [];

    public override void Learn(EngineRequest request, int drafts, int accepted)
    {
        if (drafts > 0)
        {
            var state = _states[request];
            state.Acceptance.Learn(state.Degree, drafts, accepted);
        }
    }

    public override void Remove(EngineRequest request) => _states.Remove(request);

    public override void Dispose() => _states.Clear();

    protected override void Guess(IReadOnlyList<EngineRequest> answering)
    {
        foreach (var request in answering)
        {
            if (!_states.TryGetValue(request, out var state))
            {
                _states[request] = state = new State();
            }

            var (count, common) = state.Lookup.Guess(request.Tokens, state.Drafts);
            if (count > 0)
            {
                state.Degree = Math.Min((common - TokenLookup.Length) / TokensPerDegree, Degrees - 1);
                var worth = Policy.Drafts(answering.Count, state.Acceptance, state.Degree);
                request.Drafts = state.Drafts.AsMemory(0, Math.Min(Math.Min(worth, count), request.MostDrafts));
            }
        }
    }

    private sealed class State
    {
        public TokenLookup Lookup { get; } = new();

        public Acceptance Acceptance { get; } = new(Degrees);

        public int[] Drafts { get; } = new int[DraftPolicy.MaxDrafts];

        /// <summary>The evidence for the last drafts.</summary>
        public int Degree { get; set; }
    }
}
