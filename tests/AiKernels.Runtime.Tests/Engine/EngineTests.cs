using System.Diagnostics;
using AiKernels.Cpu;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Sampling;
using AiKernels.Runtime.Tests.Text;
using AiKernels.Runtime.Text;
using Xunit;

namespace AiKernels.Runtime.Tests.Engine;

/// <summary>Many requests at once, on a model of random weights.</summary>
public class EngineTests
{
    private static readonly SamplingOptions Anything = new() { Temperature = 2, TopK = 0, TopP = 1, MinP = 0 };

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(64, 4, 150.0)]
    [InlineData(5, 64, 0.001)]
    [InlineData(64, 2, 150.0)]
    public async Task Requests_beside_others_say_what_they_say_alone(int sequences, int contexts, double stepMilliseconds)
    {
        var model = new ModelOptions { ContextLength = 256, CacheLength = 256 * contexts, PrefillChunk = 70 };
        var requests = Enumerable.Range(0, 40).Select(Request).ToArray();
        using var alone = new TinyModel(model);
        var expected = new List<int[]>();
        foreach (var (prompt, options) in requests)
        {
            expected.Add(await Read(alone.Engine.Submit(prompt, options, TestEnds)));
        }

        using var tiny = new TinyModel(model);
        using var engine = new InferenceEngine(tiny.Model, new EngineOptions
        {
            MaxSequences = sequences,
            StepTime = TimeSpan.FromMilliseconds(stepMilliseconds),
            SwapBytes = contexts == 2 ? long.MaxValue : 0,
            AlwaysGuesses = contexts != 4,
        });
        var handles = requests.Select(request => engine.Submit(request.Prompt, request.Options, TestEnds)).ToArray();
        var actual = await Task.WhenAll(handles.Select(Read));
        Assert.Equal(expected, actual);
        Assert.True(contexts > 2 || handles.Sum(handle => handle.Statistics.Preemptions) > 0, "memory gets short");
    }

    [Fact]
    public async Task A_beginning_that_was_computed_is_not_computed_again()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512 });
        var options = new GenerationOptions { MaxTokens = 3, Sampling = SamplingOptions.Greedy };
        var system = TinyModel.Tokens(seed: 1, count: 200);
        int[] Prompt(int seed) => [.. system, .. TinyModel.Tokens(seed, count: 5)];
        var first = tiny.Engine.Submit(Prompt(2), options, TestEnds);
        await Read(first);
        Assert.Equal(0, first.Statistics.CachedTokens);

        var second = tiny.Engine.Submit(Prompt(3), options, TestEnds);
        await Read(second);
        Assert.InRange(second.Statistics.CachedTokens, 200, 204); // Of the last page, a part.

        var other = tiny.Engine.Submit(Prompt(3), options with { Tenant = "another" }, TestEnds);
        await Read(other);
        Assert.Equal(0, other.Statistics.CachedTokens);
    }

    [Fact]
    public async Task Requests_that_come_together_compute_their_common_beginning_once()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512, CacheLength = 512 * 8, PrefillChunk = 100 });
        var prompt = TinyModel.Tokens(seed: 1, count: 300);
        var options = new GenerationOptions { MaxTokens = 20, Sampling = Anything };
        var handles = Enumerable.Range(0, 8)
            .Select(seed => tiny.Engine.Submit(prompt, options with { Sampling = Anything with { Seed = (ulong)seed } }, TestEnds))
            .ToArray();
        await Task.WhenAll(handles.Select(Read));
        Assert.Equal(7, handles.Count(handle => handle.Statistics.CachedTokens >= 299));
    }

    [Fact]
    public async Task Cancelled_requests_end_at_once_and_the_others_go_on()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512, CacheLength = 512 * 8 });
        var options = new GenerationOptions { MaxTokens = 480, Sampling = SamplingOptions.Greedy };
        var expected = await Read(tiny.Engine.Submit([1, 2, 3], options, TestEnds));
        using var cancellation = new CancellationTokenSource();
        var given = tiny.Engine.Submit([4, 5], options, cancellation.Token);
        var left = tiny.Engine.Submit([6, 7], options, TestEnds);
        var kept = tiny.Engine.Submit([1, 2, 3], options, TestEnds);
        await foreach (var token in left.WithCancellation(TestEnds))
        {
            break; // Which gives it up.
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Read(given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left.Completion.WaitAsync(TestEnds));
        Assert.Equal(expected, await Read(kept));
        Assert.True(left.Statistics.GeneratedTokens < 480);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposing_ends_everything_in_a_clear_exception(bool disposesModel)
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512 });
        var options = new GenerationOptions { MaxTokens = 500, Sampling = SamplingOptions.Greedy };
        var running = Enumerable.Range(0, 5).Select(token => tiny.Engine.Submit([token], options, TestEnds)).ToArray();
        await using (var tokens = running[0].GetAsyncEnumerator(TestEnds))
        {
            await tokens.MoveNextAsync();
            (disposesModel ? (IDisposable)tiny.Model : tiny.Engine).Dispose();
        }

        foreach (var handle in running.Skip(1))
        {
            var end = await Assert.ThrowsAsync<ObjectDisposedException>(() => Read(handle));
            Assert.Contains("was disposed while the request was running", end.Message, StringComparison.Ordinal);
        }

        Assert.Throws<ObjectDisposedException>(() => tiny.Engine.Submit([1], options, TestEnds));
        Assert.True(tiny.Engine.Cache.IsDisposed);
    }

    [Fact]
    public async Task Too_many_waiting_requests_are_refused_with_a_hint()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512 });
        using var engine = new InferenceEngine(tiny.Model, new EngineOptions { MaxSequences = 1, MaxWaiting = 2 });
        using var gate = new ManualResetEventSlim();
        var running = engine.Submit([1], Gated(gate), TestEnds);
        while (engine.Load.Running == 0 && running.Statistics.QueueTime == default)
        {
            await Task.Delay(1, TestEnds);
        }

        var options = new GenerationOptions { MaxTokens = 2, Sampling = SamplingOptions.Greedy };
        var waiting = new[] { engine.Submit([2], options, TestEnds), engine.Submit([3], options, TestEnds) };
        for (var refusal = 0; refusal < 50; refusal++)
        {
            var busy = Assert.Throws<EngineBusyException>(() => engine.Submit([4], options, TestEnds));
            Assert.InRange(busy.RetryAfter, TimeSpan.FromTicks(1), TimeSpan.FromMinutes(1));
        }

        gate.Set();
        Assert.All(await Task.WhenAll(waiting.Select(Read)), tokens => Assert.Equal(2, tokens.Length));
        await Read(running);
        Assert.Equal((0, 0), (engine.Load.Waiting, engine.Load.Running));
        await Read(engine.Submit([5], options, TestEnds));
    }

    [Fact]
    public async Task Who_has_read_the_last_token_finds_the_answer_ended()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var conversation = tiny.Engine.CreateConversation();
        for (var round = 0; round < 2000; round++)
        {
            var answer = conversation.Submit([1], new GenerationOptions { MaxTokens = 1 }, TestEnds);
            await Read(answer);
            Assert.Equal(1, answer.Receipt.GeneratedTokens);
            conversation.Forget(0, conversation.Fork().Tokens.Length);
        }
    }

    [Fact]
    public async Task Who_observes_may_fail_without_anybodys_answer_being_worse_for_it()
    {
        using var source = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == "AiKernels.Runtime",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => _ = activity.DisplayName.Contains("failing", StringComparison.Ordinal) ? throw new FormatException() : 0,
        };
        using var tiny = new TinyModel(new ModelOptions(), name: "failing");
        ActivitySource.AddActivityListener(source);
        var options = new GenerationOptions { MaxTokens = 3, Sampling = SamplingOptions.Greedy };
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(3, (await Read(tiny.Engine.Submit([1], options, TestEnds))).Length);
        }
    }

    [Fact]
    public async Task A_cancelled_answer_says_by_what_it_was()
    {
        using var tiny = new TinyModel(new ModelOptions());
        using var cancellation = new CancellationTokenSource();
        var answer = tiny.Engine.Submit([1], new GenerationOptions { MaxTokens = 500 }, cancellation.Token);
        await cancellation.CancelAsync();
        var end = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Read(answer));
        Assert.Equal(cancellation.Token, end.CancellationToken);
        Assert.True(answer.Completion.IsCanceled);
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused_by_name()
    {
        using var tiny = new TinyModel(new ModelOptions());
        void Refuses(GenerationOptions options) => Assert.ThrowsAny<ArgumentException>(() => tiny.Engine.Submit([1], options, TestEnds));
        Refuses(new() { Sampling = null! });
        Refuses(new() { StopStrings = [null!] });
        Refuses(new() { StopStrings = ["no tokenizer, no text"] });
        Refuses(new() { Priority = 101 });
        Refuses(new() { TimeLimit = TimeSpan.MaxValue });
        Refuses(new() { TimeLimit = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => tiny.Engine.Submit([TinyModel.Vocabulary], null, TestEnds));
        Assert.Throws<ArgumentOutOfRangeException>(() => tiny.Engine.Submit([], null, TestEnds));
        var bias = new SamplingOptions { LogitBias = new Dictionary<int, float> { [TinyModel.Vocabulary] = 1 } };
        Assert.Throws<ArgumentOutOfRangeException>("LogitBias", () => tiny.Engine.Submit([1], new GenerationOptions { Sampling = bias }, TestEnds));
        Assert.Throws<ArgumentOutOfRangeException>(() => new InferenceEngine(tiny.Model, new EngineOptions { Patience = TimeSpan.MaxValue }));
        tiny.Engine.Dispose();
        Assert.Throws<ObjectDisposedException>(() => tiny.Engine.Submit([1], new GenerationOptions { MaxTokens = 0 }, TestEnds));
    }

    [Fact]
    public async Task A_request_whose_time_is_over_ends_as_it_is()
    {
        using var tiny = new TinyModel(new ModelOptions { ContextLength = 512 });
        using var engine = new InferenceEngine(tiny.Model, new EngineOptions { MaxSequences = 1 });
        var options = new GenerationOptions { MaxTokens = 500, Sampling = SamplingOptions.Greedy };
        var running = engine.Submit([1], options, TestEnds);
        var late = engine.Submit([2], options with { TimeLimit = TimeSpan.Zero }, TestEnds);
        Assert.Empty(await Read(late));
        Assert.Equal(FinishReason.Deadline, late.FinishReason);
        Assert.Equal(500, (await Read(running)).Length);
    }

    [Fact]
    public async Task Tokens_come_with_their_probabilities()
    {
        using var tiny = new TinyModel(new ModelOptions());
        var options = new GenerationOptions { MaxTokens = 4, Sampling = SamplingOptions.Greedy, LogProbabilities = TinyModel.Vocabulary / 3 };
        var tokens = await tiny.Engine.Submit([1, 2], options, TestEnds).ToListAsync(TestEnds);
        var logits = tiny.Logits([1, 2, .. tokens.Take(3).Select(token => token.Id)]);
        var sum = logits.Sum(logit => Math.Exp(logit));
        var last = tokens[^1];
        Assert.Equal(Math.Log(Math.Exp(logits[last.Id]) / sum), last.LogProbability, 1e-5);
        Assert.Equal(new TokenProbability(last.Id, last.LogProbability), last.Alternatives[0]);
        Assert.Equal(100, last.Alternatives.Count);
        Assert.All(last.Alternatives, token => Assert.Equal(Math.Log(Math.Exp(logits[token.Id]) / sum), token.LogProbability, 1e-5));
        Assert.Throws<ArgumentOutOfRangeException>(() => tiny.Engine.Submit([1], options with { LogProbabilities = 101 }, TestEnds));
    }

    [Fact]
    public async Task What_goes_wrong_in_one_request_is_that_requests_end_alone()
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 2048 });
        var options = new GenerationOptions { MaxTokens = 30, Sampling = SamplingOptions.Greedy };
        var expected = await Read(tiny.Engine.Submit([1, 2], options, TestEnds));
        var bad = tiny.Engine.Submit(
            [3], options with { Script = length => length < 10 ? 7 : throw new InvalidDataException("no such luck") }, TestEnds);
        var good = tiny.Engine.Submit([1, 2], options, TestEnds);
        Assert.Equal("no such luck", (await Assert.ThrowsAsync<InvalidDataException>(() => Read(bad))).Message);
        Assert.Equal(9, bad.Statistics.GeneratedTokens);
        Assert.Equal(expected, await Read(good));
        Assert.Equal(expected, await Read(tiny.Engine.Submit([1, 2], options, TestEnds)));
    }

    [Fact]
    public async Task Guesses_change_no_token()
    {
        using var tiny = new TinyModel(new ModelOptions());
        using var guessing = new InferenceEngine(tiny.Model, new EngineOptions { AlwaysGuesses = true });
        using var plain = new InferenceEngine(tiny.Model, new EngineOptions { Speculates = false });
        var accepted = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            // So cold that it repeats itself, and so warm that it doesn't always.
            var options = new GenerationOptions { MaxTokens = 300, Sampling = new SamplingOptions { Temperature = 0.02f * seed, Seed = (ulong)seed } };
            var guessed = guessing.Submit([seed, 1, seed, 1, seed], options, TestEnds);
            Assert.Equal(await Read(plain.Submit([seed, 1, seed, 1, seed], options, TestEnds)), await Read(guessed));
            accepted += guessed.Statistics.AcceptedTokens;
        }

        Assert.True(accepted > 100, $"{accepted}");
    }

    [Theory]
    [InlineData(true, 512)]
    [InlineData(false, 512)]
    [InlineData(true, 24)] // So that drafts don't always find room in the step.
    public async Task A_draft_model_changes_no_token(bool isTheSame, int chunk)
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 2048, PrefillChunk = chunk });
        using var draft = new TinyModel(new ModelOptions { CacheLength = 2048 }, layers: isTheSame ? 2 : 1);
        using var guessing = new InferenceEngine(tiny.Model, new EngineOptions { DraftModel = draft.Model, AlwaysGuesses = true });
        using var plain = new InferenceEngine(tiny.Model, new EngineOptions { Speculates = false });
        var accepted = 0;
        for (var round = 0; round < 4; round++)
        {
            var requests = Enumerable.Range(4 * round, 4).Select(Request).ToArray();
            var expected = new List<int[]>();
            foreach (var (prompt, options) in requests)
            {
                expected.Add(await Read(plain.Submit(prompt, options, TestEnds)));
            }

            var handles = requests.Select(request => guessing.Submit(request.Prompt, request.Options, TestEnds)).ToArray();
            Assert.Equal(expected, await Task.WhenAll(handles.Select(Read)));
            accepted += handles.Sum(handle => handle.Statistics.AcceptedTokens);
            Assert.All(handles, handle => Assert.True(!isTheSame || handle.Statistics.AcceptedTokens == handle.Statistics.DraftedTokens));
        }

        Assert.True(!isTheSame || accepted > (chunk < 512 ? 200 : 500), $"{accepted}");
        using var other = new TinyModel(new ModelOptions(), tokenizer: Tokenizer.Create(TinyVocabulary.SentencePiece));
        Assert.Throws<ArgumentException>(() => new InferenceEngine(tiny.Model, new EngineOptions { DraftModel = other.Model }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nothing_is_left_in_memory_of_what_was_said_if_that_is_wanted(bool clears)
    {
        using var tiny = new TinyModel(new ModelOptions { CacheLength = 1024 });
        using var engine = new InferenceEngine(tiny.Model, new EngineOptions { ClearsPages = clears });
        var options = new GenerationOptions { MaxTokens = 100, Sampling = SamplingOptions.Greedy };
        await Task.WhenAll(Enumerable.Range(1, 3).Select(length => Read(engine.Submit(TinyModel.Tokens(length, 50 * length), options, TestEnds))));
        while (engine.Load is not { Running: 0, CacheUse: 0 })
        {
            await Task.Delay(1, TestEnds);
        }

        var image = new byte[engine.Cache.Shape.ImageBytes(64)];
        var isClear = true;
        for (var page = 0; page < engine.Cache.Pages; page++)
        {
            tiny.Model.Turn.Do(() => tiny.Model.Backend.ReadPage(engine.Cache, page, 64, image));
            isClear &= !image.AsSpan().ContainsAnyExcept((byte)0);
        }

        Assert.Equal(clears, isClear);
    }

    [Fact]
    public async Task Engines_of_several_models_share_a_backend()
    {
        using var backend = new CpuBackend(2);
        using var one = TinyModel.On(backend, layers: 1);
        using var other = TinyModel.On(backend, layers: 2);
        using var first = new InferenceEngine(one);
        using var second = new InferenceEngine(other);
        using var third = new InferenceEngine(other);
        var options = new GenerationOptions { MaxTokens = 200, Sampling = SamplingOptions.Greedy };
        var expected = new[] { await Read(first.Submit([1], options, TestEnds)), await Read(second.Submit([1], options, TestEnds)) };
        var answers = new[] { first, second, third }.Select(engine => engine.Submit([1], options, TestEnds)).ToArray();
        var actual = await Task.WhenAll(answers.Select(Read));
        Assert.Equal([expected[0], expected[1], expected[1]], actual);
    }

    private static (int[] Prompt, GenerationOptions Options) Request(int number)
    {
        int[] prompt = [.. TinyModel.Tokens(seed: number % 3, count: 30 * (number % 4)), .. TinyModel.Tokens(number, count: 1 + (number % 17))];
        return (prompt, new GenerationOptions { MaxTokens = 20 + (number * 3), Sampling = Anything with { Seed = (ulong)number } });
    }

    /// <summary>An answer that waits at its first token.</summary>
    private static GenerationOptions Gated(ManualResetEventSlim gate) => new()
    {
        MaxTokens = 2,
        Script = _ =>
        {
            gate.Wait();
            return 1;
        },
    };

    private static async Task<int[]> Read(Generation generation) =>
        [.. (await generation.ToListAsync(TestEnds)).Select(token => token.Id)];
}
