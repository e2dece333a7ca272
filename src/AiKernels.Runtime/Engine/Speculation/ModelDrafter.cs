using AiKernels.Cache;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Engine.Speculation;

/// <summary>
/// A smaller model guesses what a larger one will say. It chooses with the same random number for the same position, so that
/// where the two give much the same probabilities, they choose the same token at any temperature. Source: speculative
/// decoding, arXiv:2211.17192 and arXiv:2302.01318, with a common random number in the place of their rejection sampling.
/// </summary>
internal sealed class ModelDrafter : Drafter
{
    // Of texts that it has to catch up with, in a step: it is small, and nobody should be kept waiting for it.
    private const int CatchUpTokens = 64;

    // So few are run together with the first guess: after a step whose guesses were all right, the last of them and the token after it.
    private const int FewTokens = 4;

    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly PagePool _pool;
    private readonly bool _clearsPages;
    private readonly DecoderStep _step = new();
    private readonly Dictionary<EngineRequest, State> _states = [];
    private readonly List<(EngineRequest Request, DraftText Text)> _guessing = [];
    private RankedValue[] _largest = [];

    /// <summary>Makes memory for the model's keys and values.</summary>
    /// <param name="model">The smaller model.</param>
    /// <param name="policy">What is worth trying.</param>
    /// <param name="clearsPages">Whether what isn't needed any more is overwritten.</param>
    public ModelDrafter(LanguageModel model, DraftPolicy policy, bool clearsPages)
        : base(policy)
    {
        (_model, _clearsPages) = (model, clearsPages);
        _cache = model.AllocateCache();
        _pool = new PagePool(_cache.Pages);
    }

    public override void Learn(EngineRequest request, int drafts, int accepted)
    {
        if (drafts > 0)
        {
            _states[request].Acceptance.Learn(0, drafts, accepted);
        }
    }

    public override void Remove(EngineRequest request)
    {
        if (!_states.Remove(request, out var state))
        {
            return;
        }

        if (_clearsPages)
        {
            _model.Turn.Do(() => Clear(state.Text.Table));
        }

        state.Text.Table.Truncate(0);
    }

    public override void Dispose()
    {
        foreach (var state in _clearsPages ? _states.Values.ToArray() : [])
        {
            Clear(state.Text.Table);
        }

        _cache.Dispose();
    }

    protected override void Guess(IReadOnlyList<EngineRequest> answering)
    {
        var start = EngineThread.Now;
        CatchUp(answering);
        Policy.Spend(EngineThread.Now - start);
        for (var draft = 0; draft < DraftPolicy.MaxDrafts; draft++)
        {
            _step.Clear();
            _guessing.Clear();
            foreach (var request in answering)
            {
                var state = _states[request];
                if (draft == 0)
                {
                    state.Worth = state.Text.Missing.Length > FewTokens ? 0 : Math.Min(Policy.Drafts(answering.Count, state.Acceptance, degree: 0), request.MostDrafts);
                }

                if (draft < state.Worth && HasRoom(state.Text, state.Text.Missing.Length))
                {
                    _step.Add(state.Text.Table, state.Text.Computed, state.Text.Missing, outputs: 1);
                    _guessing.Add((request, state.Text));
                }
            }

            if (_guessing.Count == 0)
            {
                break;
            }

            Run();
        }

        foreach (var request in answering)
        {
            request.Drafts = _states[request].Text.Tokens[request.Tokens.Length..].ToArray();
        }
    }

    /// <summary>Takes over what requests have said, as far as there is time.</summary>
    private void CatchUp(IReadOnlyList<EngineRequest> answering)
    {
        var room = CatchUpTokens;
        _step.Clear();
        _guessing.Clear();
        foreach (var request in answering)
        {
            if (!_states.TryGetValue(request, out var state))
            {
                _states[request] = state = new State(new DraftText(new BlockTable(_pool, _cache.Shape.PageLength)));
            }

            var text = state.Text;
            text.Follow(request.Tokens);
            var count = text.Missing.Length > FewTokens ? Math.Min(text.Missing.Length - 1, room) : 0;
            if (count > 0 && HasRoom(text, count))
            {
                _step.Add(text.Table, text.Computed, text.Missing[..count], outputs: 0);
                text.Computed += count;
                room -= count;
            }
        }

        if (_step.Batch.Count > 0)
        {
            Run();
        }
    }

    private void Clear(BlockTable table)
    {
        foreach (var page in table.Pages)
        {
            _model.Backend.ClearPage(_cache, page);
        }
    }

    private bool HasRoom(DraftText text, int count) =>
        text.Computed + count <= _model.ContextLength
        && _step.Batch.Count + count <= _model.Decoder.MaxTokens
        && text.Table.TryReserve(text.Computed + count);

    /// <summary>Runs the step, after which those that are guessing choose.</summary>
    private void Run()
    {
        _model.Turn.Take();
        try
        {
            ObjectDisposedException.ThrowIf(_model.IsDisposed, _model);
            _model.Decoder.Run(_step, _cache);
            for (var output = 0; output < _guessing.Count; output++)
            {
                var (request, text) = _guessing[output];
                if (_largest.Length < request.Candidates)
                {
                    _largest = new RankedValue[request.Candidates];
                }

                var largest = _largest.AsSpan(0, request.Candidates);
                _model.Decoder.ReadLargest(output, 1, _model.Choices, largest);
                text.Computed = text.Tokens.Length;
                text.Append(request.Guess(largest, text.Tokens));
            }
        }
        finally
        {
            _model.Turn.Give();
        }
    }

    private sealed class State(DraftText text)
    {
        public DraftText Text { get; } = text;

        public Acceptance Acceptance { get; } = new(1);

        /// <summary>How many drafts are worth it now.</summary>
        public int Worth { get; set; }
    }
}
