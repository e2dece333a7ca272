using System.CommandLine;
using System.CommandLine.Parsing;
using AiKernels.Runtime.Sampling;

namespace AiKernels.Cli;

/// <summary>The options of <see cref="SamplingOptions"/>, in its ranges.</summary>
internal sealed class SamplingInputs
{
    private static readonly SamplingOptions Defaults = new();

    private readonly Option<float> _temperature = Inputs.Number(
        "--temperature", ["-t"], "How freely to choose; 0 always takes the likeliest token.", Defaults.Temperature, (0, float.MaxValue));

    private readonly Option<float> _temperatureRange = Inputs.Number(
        "--temperature-range", [], "How far the temperature follows the entropy, down and up; 0 for not at all.", Defaults.DynamicTemperatureRange, (0, float.MaxValue));

    private readonly Option<int> _topK = Inputs.Number(
        "--top-k", [], "Choose among so many of the likeliest; 0 for all.", Defaults.TopK, (0, int.MaxValue));

    private readonly Option<float> _topP = Inputs.Number(
        "--top-p", [], "Choose among the likeliest that together have this probability.", Defaults.TopP, (float.Epsilon, 1));

    private readonly Option<float> _minP = Inputs.Number(
        "--min-p", [], "Choose among those at least this likely, relative to the likeliest.", Defaults.MinP, (0f, 1f));

    private readonly Option<float> _typicalP = Inputs.Number(
        "--typical-p", [], "Choose among the most typical that together have this probability.", Defaults.TypicalP, (float.Epsilon, 1));

    private readonly Option<float> _topNSigma = Inputs.Number(
        "--top-n-sigma", [], "Choose among those within so many standard deviations of the likeliest; 0 for all.", Defaults.TopNSigma, (0, float.MaxValue));

    private readonly Option<float> _xtcProbability = Inputs.Number(
        "--xtc-probability", [], "How often to leave out all likely tokens but the least likely of them.", Defaults.XtcProbability, (0f, 1f));

    private readonly Option<float> _xtcThreshold = Inputs.Number(
        "--xtc-threshold", [], "How likely such tokens are at least.", Defaults.XtcThreshold, (float.Epsilon, 1));

    private readonly Option<float> _dryMultiplier = Inputs.Number(
        "--dry-multiplier", [], "Makes it less likely to go on with repetitions, the longer the more; 0 does nothing.", Defaults.DryMultiplier, (0, float.MaxValue));

    private readonly Option<float> _penalty = Inputs.Number(
        "--repetition-penalty", [], "Makes recent tokens less likely; 1 does nothing.", Defaults.RepetitionPenalty, (float.Epsilon, float.MaxValue));

    private readonly Option<float> _frequency = Inputs.Number(
        "--frequency-penalty", [], "Makes recent tokens less likely as often as they occur.", Defaults.FrequencyPenalty, (float.MinValue, float.MaxValue));

    private readonly Option<float> _presence = Inputs.Number(
        "--presence-penalty", [], "Makes recent tokens less likely.", Defaults.PresencePenalty, (float.MinValue, float.MaxValue));

    private readonly Option<float?> _mirostat = new("--mirostat-tau")
    {
        Description = "Keeps the surprise near so many bits (Mirostat 2); best with --samplers penalties,temperature.",
        HelpName = "NUMBER",
        CustomParser = result => Inputs.Parse(result, "--mirostat-tau", (0f, float.MaxValue)),
    };

    private readonly Option<SamplerStage[]?> _samplers = new("--samplers")
    {
        Description = $"Which stages, and in which order, with commas between: {string.Join(", ", SamplingOptions.DefaultOrder.Select(Name))}.",
        HelpName = "NAMES",
        CustomParser = ParseStages,
    };

    private readonly Option<ulong?> _seed = new("--seed")
    {
        Description = "Picks the random numbers; the same seed gives the same text. One is drawn, and told, where none is given.",
        HelpName = "NUMBER",
        CustomParser = result => Inputs.Parse(result, "--seed", (ulong.MinValue, ulong.MaxValue)),
    };

    public void AddTo(Command command)
    {
        foreach (var option in (ReadOnlySpan<Option>)[
            _temperature, _temperatureRange, _topK, _topP, _minP, _typicalP, _topNSigma, _xtcProbability, _xtcThreshold,
            _dryMultiplier, _penalty, _frequency, _presence, _mirostat, _samplers, _seed])
        {
            command.Options.Add(option);
        }
    }

    public SamplingOptions Read(ParseResult parsed) => new()
    {
        Temperature = parsed.GetValue(_temperature),
        DynamicTemperatureRange = parsed.GetValue(_temperatureRange),
        TopK = parsed.GetValue(_topK),
        TopP = parsed.GetValue(_topP),
        MinP = parsed.GetValue(_minP),
        TypicalP = parsed.GetValue(_typicalP),
        TopNSigma = parsed.GetValue(_topNSigma),
        XtcProbability = parsed.GetValue(_xtcProbability),
        XtcThreshold = parsed.GetValue(_xtcThreshold),
        DryMultiplier = parsed.GetValue(_dryMultiplier),
        RepetitionPenalty = parsed.GetValue(_penalty),
        FrequencyPenalty = parsed.GetValue(_frequency),
        PresencePenalty = parsed.GetValue(_presence),
        MirostatTau = parsed.GetValue(_mirostat),
        Order = parsed.GetResult(_samplers) is null ? SamplingOptions.DefaultOrder : parsed.GetValue(_samplers)!, // Of a list that isn't given the value is an empty one.
        Seed = parsed.GetValue(_seed) ?? (ulong)Random.Shared.Next(),
    };

    private static SamplerStage[]? ParseStages(ArgumentResult result)
    {
        var stages = new List<SamplerStage>();
        foreach (var name in result.Tokens[0].Value.Split(',', StringSplitOptions.TrimEntries))
        {
            var stage = SamplingOptions.DefaultOrder.Cast<SamplerStage?>().FirstOrDefault(stage => Name(stage!.Value) == name);
            if (stage is null || stages.Contains(stage.Value))
            {
                var fault = stage is null ? "is none" : "is there twice";
                result.AddError($"--samplers needs stages, each at most once, of {string.Join(", ", SamplingOptions.DefaultOrder.Select(Name))}; '{name}' {fault}");
                return null;
            }

            stages.Add(stage.Value);
        }

        return [.. stages];
    }

    /// <summary>A stage as its options are called: <c>top-n-sigma</c>.</summary>
    private static string Name(SamplerStage stage) => string.Concat($"{stage}".Select((letter, i) =>
        char.IsAsciiLetterUpper(letter) ? $"{(i > 0 ? "-" : "")}{char.ToLowerInvariant(letter)}" : $"{letter}"));
}
