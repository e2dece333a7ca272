using AiKernels.Cache;
using AiKernels.Runtime.Engine.Scheduling;
using AiKernels.Runtime.Models;

namespace AiKernels.Runtime.Engine;

/// <summary>Does what a plan says: with the pages, then with the tokens; and has the logits that choices depend on. To be used in one's turn.</summary>
internal sealed class StepRunner : IDisposable
{
    private readonly LanguageModel _model;
    private readonly KeyValueCache _cache;
    private readonly DecoderStep _step;
    private readonly int[] _tokens;
    private readonly bool _clearsPages;
    private readonly List<int> _places = [];
    private RankedValue[] _largest = [];
    private LogProbabilities? _probabilities;
    private float[]? _logits;

    /// <summary>A runner with the keys and values of an engine.</summary>
    /// <param name="model">What it runs.</param>
    /// <param name="betweenLayers">Called between two layers of a step.</param>
    /// <param name="clearsPages">Whether what isn't needed any more is overwritten.</param>
    public StepRunner(LanguageModel model, Action betweenLayers, bool clearsPages)
    {
        (_model, _clearsPages) = (model, clearsPages);
        _cache = model.AllocateCache();
        _step = new DecoderStep { BetweenLayers = betweenLayers };
        _tokens = new int[model.Decoder.MaxTokens];
    }

    /// <summary>Keys and values.</summary>
    public KeyValueCache Cache => _cache;

    /// <summary>Moves pages, computes the chunks, and fetches the candidates of all choices that follow them.</summary>
    public void Run(StepPlan plan)
    {
        _step.Clear();
        while (plan.Pages.TryPeek(out var operation))
        {
            Run(operation);
            plan.Pages.Dequeue(); // Not before: what failed is still to be done.
        }

        if (plan.Chunks.Count == 0)
        {
            return;
        }

        foreach (var chunk in plan.Chunks)
        {
            var sequence = chunk.Sequence;
            var tokens = _tokens.AsSpan(0, chunk.Count);
            sequence.Tokens.Slice(chunk.First, chunk.Known).CopyTo(tokens);
            sequence.Drafts.Span[..chunk.Drafts].CopyTo(tokens[chunk.Known..]);
            _step.Add(sequence.Table!, chunk.First, tokens, outputs: chunk.ReachesEnd ? 1 + chunk.Drafts : 0);
        }

        _model.Decoder.Run(_step, _cache);
        ReadCandidates(plan);
    }

    /// <summary>Gives one of the plan's chunks up, between two layers.</summary>
    public void Withdraw(int chunk) => _step.Withdraw(chunk);

    /// <summary>Whether a chunk was given up in time, and not computed.</summary>
    public bool IsWithdrawn(int chunk) => _step.FirstOutput(chunk) is null;

    /// <summary>The candidates for the token after a chunk's last known one, or after one of its drafts.</summary>
    public ReadOnlySpan<RankedValue> Candidates(PlannedChunk chunk, int number, int draft)
    {
        var count = ((EngineRequest)chunk.Sequence).Candidates;
        return _largest.AsSpan(_places[number] + (draft * count), count);
    }

    /// <summary>The logits of all tokens there; until the next call.</summary>
    public ReadOnlySpan<float> Logits(int number, int draft)
    {
        _logits ??= new float[_model.Decoder.Spec.VocabularySize];
        _model.Decoder.ReadLogits(_step.FirstOutput(number)!.Value + draft, _logits);
        return _logits;
    }

    /// <summary>The probabilities of all tokens there; until the next call.</summary>
    public LogProbabilities Probabilities(int number, int draft)
    {
        _probabilities ??= new LogProbabilities(_model.Decoder.Spec.VocabularySize, _model.Choices);
        _model.Decoder.ReadLogits(_step.FirstOutput(number)!.Value + draft, _probabilities.Logits);
        _probabilities.Prepare();
        return _probabilities;
    }

    public void Dispose()
    {
        for (var page = 0; _clearsPages && !_cache.IsDisposed && page < _cache.Pages; page++)
        {
            _model.Backend.ClearPage(_cache, page);
        }

        _cache.Dispose();
    }

    /// <summary>Of neighbours that want as many, together: on a device each call is a wait.</summary>
    private void ReadCandidates(StepPlan plan)
    {
        _places.Clear();
        var (end, first, outputs, candidates) = (0, 0, 0, 0);
        for (var i = 0; i < plan.Chunks.Count; i++)
        {
            var chunk = plan.Chunks[i];
            var wanted = IsWithdrawn(i) || !chunk.ReachesEnd ? 0 : 1 + chunk.Drafts;
            if (wanted > 0 && ((EngineRequest)chunk.Sequence).Candidates is var more && more != candidates)
            {
                Read();
                candidates = more;
            }

            _places.Add(end + (outputs * candidates));
            outputs += wanted;
        }

        Read();

        void Read()
        {
            if (outputs > 0)
            {
                var length = outputs * candidates;
                if (_largest.Length < end + length)
                {
                    Array.Resize(ref _largest, end + length);
                }

                _model.Decoder.ReadLargest(first, outputs, _model.Choices, _largest.AsSpan(end, length));
                (end, first, outputs) = (end + length, first + outputs, 0);
            }
        }
    }

    private void Run(PageOperation operation)
    {
        var backend = _model.Backend;
        switch (operation.Action)
        {
            case PageAction.Copy:
                backend.CopyPage(_cache, operation.Page, operation.To);
                break;
            case PageAction.PutAway:
                var image = new byte[_cache.Shape.ImageBytes(operation.Positions)];
                backend.ReadPage(_cache, operation.Page, operation.Positions, image);
                operation.Swapped!.Images[operation.Index] = image;
                break;
            case PageAction.BringBack:
                backend.WritePage(_cache, operation.Page, operation.Positions, operation.Swapped!.Images[operation.Index]);
                if (_clearsPages)
                {
                    operation.Swapped.Clear(operation.Index);
                }

                break;
            default:
                backend.ClearPage(_cache, operation.Page);
                break;
        }
    }
}
