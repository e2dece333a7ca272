using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using AiKernels.Formats;
using AiKernels.Runtime.Grammars;
using AiKernels.Runtime.Models;
using AiKernels.Runtime.Sampling;

namespace AiKernels.Runtime.Engine;

/// <summary>
/// All that an answer depends on, and what came of it: enough to generate it again, anywhere, and to see that it is the same.
/// </summary>
/// <remarks>
/// It holds the prompt, as tokens, and of the answer only a hash. Whoever keeps it can prove to himself what was said; it is no
/// signature, and proves nothing to somebody who doesn't trust whoever kept it.
/// </remarks>
/// <example>
/// <code>
/// var receipt = GenerationReceipt.Parse(File.ReadAllBytes("receipt.json"));
/// var again = engine.Submit(receipt.Prompt.ToArray(), receipt.OptionsFor(model));
/// await again.Completion;
/// Console.WriteLine(receipt.IsSame(again.Receipt) ? "the same answer" : "another one");
/// </code>
/// </example>
public sealed record GenerationReceipt
{
    /// <summary>The version of this record.</summary>
    public const int CurrentVersion = 1;

    private const int ModelHashLength = 16;

    private static readonly string[] Words = [.. Enum.GetValues<FinishReason>().Select(reason => reason.Word())];

    /// <summary>The version of this record.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>What the model's makers call it.</summary>
    public required string Model { get; init; }

    /// <summary>The model's content, see <see cref="LanguageModel.Hash"/>.</summary>
    public required string ModelHash { get; init; }

    /// <summary>Which arithmetic, see <see cref="AiKernels.Numerics.NumericsVersion"/>.</summary>
    public required int NumericsVersion { get; init; }

    /// <summary>How keys and values were stored.</summary>
    public required GgmlType KeyValueType { get; init; }

    /// <summary>The most tokens that a sequence could have.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Among how many of the model's first tokens it chose.</summary>
    public required int Choices { get; init; }

    /// <summary>The prompt's tokens.</summary>
    public required IReadOnlyList<int> Prompt { get; init; }

    /// <summary>How tokens were chosen, the seed included.</summary>
    public required SamplingOptions Sampling { get; init; }

    /// <summary>Texts that would have ended it.</summary>
    public required IReadOnlyList<string> StopStrings { get; init; }

    /// <summary>Whether it went on past tokens that end an answer.</summary>
    public required bool IgnoreEnd { get; init; }

    /// <summary>How many tokens were generated.</summary>
    public required int GeneratedTokens { get; init; }

    /// <summary>SHA-256 of these tokens, each as four bytes, the lowest first; in lower-case hexadecimal.</summary>
    public required string TokenHash { get; init; }

    /// <summary>Why it ended: stop, length or deadline; error where it was cancelled or failed.</summary>
    public required string FinishReason { get; init; }

    /// <summary>Where the model was, as far as whoever wrote the receipt wants to say.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Whether another answer is the same as this one, token by token, and ended in the same way.</summary>
    public bool IsSame(GenerationReceipt again) =>
        TokenHash == again.TokenHash && GeneratedTokens == again.GeneratedTokens
        && (FinishReason == Engine.FinishReason.Stop.Word()) == (again.FinishReason == Engine.FinishReason.Stop.Word());

    /// <summary>What it had to follow; null for anything.</summary>
    public GrammarSource? Grammar { get; init; }

    /// <summary>All that would generate it again, but for the grammar.</summary>
    private GenerationOptions Unconstrained => new()
    {
        MaxTokens = GeneratedTokens,
        Sampling = Sampling,
        StopStrings = StopStrings,
        IgnoreEnd = IgnoreEnd,
    };

    /// <summary>What would generate it again.</summary>
    /// <param name="model">The model, whose tokens a grammar may name.</param>
    /// <exception cref="GrammarException">The grammar can't be read.</exception>
    public GenerationOptions OptionsFor(LanguageModel model) => Grammar is null
        ? Unconstrained
        : Unconstrained with { Grammar = Grammars.Grammar.From(Grammar, model.HasTokenizer ? model.Tokenizer : null) };

    /// <summary>Reads a receipt.</summary>
    /// <exception cref="InvalidDataException">It is none; the message says why.</exception>
    public static GenerationReceipt Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var receipt = JsonSerializer.Deserialize(json, ReceiptJson.Default.GenerationReceipt)
                ?? throw new InvalidDataException("a receipt is a JSON object, not null");
            receipt.Check();
            return receipt;
        }
        catch (JsonException problem)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"this is no receipt: at {problem.Path ?? "its beginning"}, line {problem.LineNumber + 1}, something is missing or doesn't belong there"),
                problem);
        }
        catch (ArgumentException problem)
        {
            // Without the parameter's name, which .NET appends.
            var end = problem.Message.IndexOf(" (Parameter", StringComparison.Ordinal);
            throw new InvalidDataException($"this is no receipt: {(end < 0 ? problem.Message : problem.Message[..end])}", problem);
        }
    }

    /// <summary>SHA-256 of tokens, see <see cref="TokenHash"/>.</summary>
    public static string HashTokens(ReadOnlySpan<int> tokens)
    {
        var bytes = new byte[tokens.Length * sizeof(int)];
        for (var i = 0; i < tokens.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(i * sizeof(int)), tokens[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>Writes it as JSON.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ReceiptJson.Default.GenerationReceipt);

    /// <summary>Why a model can't give this answer: it is another one, or computes in another way. Null if it can.</summary>
    public string? Obstacle(LanguageModel model) =>
        ModelHash != model.Hash ? $"the receipt is of a model with the hash {ModelHash}, and this one's is {model.Hash}"
        : NumericsVersion != Numerics.NumericsVersion.Current ? $"the receipt is of numerics version {NumericsVersion}, and this is version {Numerics.NumericsVersion.Current}"
        : KeyValueType != model.CacheShape.Type ? $"the receipt is of keys and values in {KeyValueType}, and these are in {model.CacheShape.Type}"
        : Choices != model.Choices ? $"the receipt is of a choice among {Choices} tokens, and this one's is among {model.Choices}"
        : ContextLength != model.ContextLength ? $"the receipt is of a context of {ContextLength} tokens, and this one has {model.ContextLength}"
        : null;

    private void Check()
    {
        if (Version != CurrentVersion)
        {
            throw new InvalidDataException($"the receipt has version {Version}; this program knows {CurrentVersion}");
        }

        if (Prompt.Count == 0 || GeneratedTokens < 0 || ContextLength is < 1 or > RotarySpec.MaximumPositions || Choices < 1
            || !Array.Exists(Words, word => word == FinishReason) || !Enum.IsDefined(KeyValueType))
        {
            throw new InvalidDataException("the receipt's prompt, lengths, type of keys and values or finish reason make no sense");
        }

        if (!IsHash(ModelHash, ModelHashLength) || !IsHash(TokenHash, 2 * SHA256.HashSizeInBytes))
        {
            throw new InvalidDataException("the receipt's hashes are no hexadecimal numbers of their length");
        }

        Unconstrained.Validate();
    }

    private static bool IsHash(string text, int length) => text.Length == length && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>Receipts as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UseStringEnumConverter = true,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // A token is forbidden by minus infinity.
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GenerationReceipt))]
internal sealed partial class ReceiptJson : JsonSerializerContext;
