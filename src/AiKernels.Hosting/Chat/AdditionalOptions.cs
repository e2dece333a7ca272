using System.Text.Json.Nodes;
using AiKernels.Runtime.Engine;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Sampling;

namespace AiKernels.Hosting.Chat;

/// <summary>
/// What a request may say beyond the members of its options: every member of <see cref="SamplingOptions"/> and
/// <see cref="GenerationOptions"/> by its name in snake case, and a few of the template's.
/// </summary>
internal static class AdditionalOptions
{
    private static readonly Dictionary<string, Func<SamplingOptions, PropertyValue, SamplingOptions>> Sampling = new()
    {
        ["temperature"] = (options, value) => options with { Temperature = value.Float() },
        ["dynamic_temperature_range"] = (options, value) => options with { DynamicTemperatureRange = value.Float() },
        ["dynamic_temperature_exponent"] = (options, value) => options with { DynamicTemperatureExponent = value.Float() },
        ["top_k"] = (options, value) => options with { TopK = value.Integer() },
        ["top_p"] = (options, value) => options with { TopP = value.Float() },
        ["min_p"] = (options, value) => options with { MinP = value.Float() },
        ["typical_p"] = (options, value) => options with { TypicalP = value.Float() },
        ["top_n_sigma"] = (options, value) => options with { TopNSigma = value.Float() },
        ["xtc_probability"] = (options, value) => options with { XtcProbability = value.Float() },
        ["xtc_threshold"] = (options, value) => options with { XtcThreshold = value.Float() },
        ["dry_multiplier"] = (options, value) => options with { DryMultiplier = value.Float() },
        ["dry_base"] = (options, value) => options with { DryBase = value.Float() },
        ["dry_allowed_length"] = (options, value) => options with { DryAllowedLength = value.Integer() },
        ["dry_window"] = (options, value) => options with { DryWindow = value.Integer() },
        ["dry_breakers"] = (options, value) => options with { DryBreakers = value.Texts() },
        ["repetition_penalty"] = (options, value) => options with { RepetitionPenalty = value.Float() },
        ["frequency_penalty"] = (options, value) => options with { FrequencyPenalty = value.Float() },
        ["presence_penalty"] = (options, value) => options with { PresencePenalty = value.Float() },
        ["repetition_window"] = (options, value) => options with { RepetitionWindow = value.Integer() },
        ["logit_bias"] = (options, value) => options with { LogitBias = value.Biases() },
        ["mirostat_tau"] = (options, value) => options with { MirostatTau = value.Float() },
        ["mirostat_eta"] = (options, value) => options with { MirostatEta = value.Float() },
        ["order"] = (options, value) => options with { Order = Stages(value) },
        ["seed"] = (options, value) => options with { Seed = value.Seed() },
    };

    private static readonly Dictionary<string, Func<GenerationOptions, PropertyValue, GenerationOptions>> Generation = new()
    {
        ["max_tokens"] = (options, value) => options with { MaxTokens = value.Integer() },
        ["stop_strings"] = (options, value) => options with { StopStrings = value.Texts() },
        ["ignore_end"] = (options, value) => options with { IgnoreEnd = value.Boolean() },
        ["log_probabilities"] = (options, value) => options with { LogProbabilities = value.Integer() },
        ["tenant"] = (options, value) => options with { Tenant = value.Text() },
        ["priority"] = (options, value) => options with { Priority = value.Integer() },
        ["time_limit"] = (options, value) => options with { TimeLimit = value.Seconds() },
    };

    private static readonly Dictionary<string, Action<RequestOptions, PropertyValue>> Others = new()
    {
        ["grammar"] = (request, value) => request.Constrain(new GrammarSource(GrammarKind.Gbnf, value.Text()), value.Name),
        ["regex"] = (request, value) => request.Constrain(new GrammarSource(GrammarKind.Regex, value.Text()), value.Name),
        ["enable_thinking"] = (request, value) => request.Variables["enable_thinking"] = value.Boolean(),
        ["reasoning_effort"] = (request, value) => request.Variables["reasoning_effort"] = value.Text(),
        ["template"] = SetVariables,
    };

    // What the conversation itself is.
    private static readonly string[] Taken = ["messages", "tools", "add_generation_prompt"];

    /// <summary>All names.</summary>
    public static IEnumerable<string> Names => Sampling.Keys.Concat(Generation.Keys).Concat(Others.Keys);

    /// <summary>Sets what a property says.</summary>
    /// <exception cref="ArgumentException">There is no such property, or its value is of another kind.</exception>
    public static void Set(RequestOptions request, string name, object? value)
    {
        var said = new PropertyValue(name, value);
        if (Sampling.TryGetValue(name, out var sample))
        {
            request.Generation = request.Generation with { Sampling = sample(request.Generation.Sampling, said) };
        }
        else if (Generation.TryGetValue(name, out var generate))
        {
            request.Generation = generate(request.Generation, said);
        }
        else if (Others.TryGetValue(name, out var set))
        {
            set(request, said);
        }
        else
        {
            throw new ArgumentException($"there is no option {name}; beside the request's own members there are {string.Join(", ", Names.Order(StringComparer.Ordinal))}");
        }
    }

    private static IReadOnlyList<SamplerStage> Stages(PropertyValue value) => [.. value.Texts().Select(text =>
        Enum.TryParse<SamplerStage>(text.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var stage) && !char.IsAsciiDigit(text[0])
            ? stage
            : throw value.Wrong($"a list of sampler stages, such as {string.Join(", ", SamplingOptions.DefaultOrder)}"))];

    private static void SetVariables(RequestOptions request, PropertyValue value)
    {
        foreach (var (name, variable) in value.Pairs("an object with the template's variables"))
        {
            request.Variables[name] = !Taken.Contains(name)
                ? new PropertyValue($"template.{name}", variable).Json()
                : throw new ArgumentException($"the template's variable {name} is the conversation's, and can't be set by an option");
        }
    }
}
