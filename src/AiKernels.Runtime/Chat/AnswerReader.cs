using System.Text;
using AiKernels.Runtime.Chat.Reading;
using AiKernels.Runtime.Chat.Syntax;
using AiKernels.Runtime.Text;

namespace AiKernels.Runtime.Chat;

/// <summary>Makes text, reasoning and tool calls of what a model says, token by token.</summary>
/// <remarks>
/// <para>It reads tokens and not text, because markers are control tokens to many vocabularies, which render as nothing; spelt
/// out as text, and cut anywhere, they are understood as well. What may become a marker is held back until it is certain.</para>
/// <para>Nothing that was said is lost but markers, white space before them and blank lines behind them, and nothing is thrown: what
/// is no call of a tool after all, or only the beginning of one, is text. Not thread-safe.</para>
/// </remarks>
/// <example>
/// <code>
/// var reader = new AnswerReader(ChatSyntax.Detect(model.ChatTemplate?.Source), model.Tokenizer, tokens, tools);
/// await foreach (var token in engine.Submit(tokens))
/// {
///     foreach (var part in reader.Append(token.Id))
///     {
///         Console.Write(part is TextPart text ? text.Text : "");
///     }
/// }
/// </code>
/// </example>
public sealed class AnswerReader
{
    private readonly Tokenizer _tokenizer;
    private readonly AnswerParser _parser;
    private readonly Decoder _characters = Encoding.UTF8.GetDecoder();
    private readonly Dictionary<int, string> _markers = [];
    private bool _isStart, _isFinished;

    /// <summary>One for an answer.</summary>
    /// <param name="syntax">How the model writes.</param>
    /// <param name="tokenizer">Knows what the tokens stand for.</param>
    /// <param name="prompt">What the answer continues: it tells whether reasoning is open already.</param>
    /// <param name="tools">
    /// The tools that the model may call, of which none means no calls: what calls another one is text. Null where nobody says
    /// which. They decide what is a string where a family doesn't quote, and what is a call where it doesn't mark.
    /// </param>
    /// <param name="options">What else it depends on; null for the defaults.</param>
    /// <example><code>var reader = new AnswerReader(ChatSyntax.Named("hermes"), model.Tokenizer, tokens, tools);</code></example>
    public AnswerReader(
        ChatSyntax syntax, Tokenizer tokenizer, ReadOnlySpan<int> prompt, IReadOnlyList<ToolDefinition>? tools = null, AnswerReaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(syntax);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new AnswerReaderOptions();
        (_tokenizer, _isStart) = (tokenizer, prompt.IsEmpty);
        var (table, tail) = (new ToolTable(tools), options.GenerationPrompt ?? PromptTail.Of(tokenizer, prompt, syntax));
        _parser = syntax.IsHarmony
            ? new HarmonyAnswer(table, tail, options.IsTextRequired)
            : new MarkedAnswer(syntax, table, syntax.ThinkingAfter(tail), options.IsTextRequired);
        foreach (var marker in syntax.Markers)
        {
            // Behind a required text the token that ends the answer is no part of it, whatever its name.
            if (MarkerTokens.Find(tokenizer, marker) is { } token && !(options.IsTextRequired && tokenizer.IsEndOfGeneration(token)))
            {
                _markers[token] = marker;
            }
        }
    }

    /// <summary>Reads a token.</summary>
    /// <param name="token">The token; one that ends the answer may be among them.</param>
    /// <returns>What became certain with it; often nothing.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The vocabulary has no such token.</exception>
    /// <exception cref="InvalidOperationException">The answer is over.</exception>
    /// <example><code>var parts = reader.Append(token.Id);</code></example>
    public IReadOnlyList<AnswerPart> Append(int token)
    {
        if (_isFinished)
        {
            throw new InvalidOperationException("the answer is over, and nothing can be read any more");
        }

        if (_markers.TryGetValue(token, out var marker))
        {
            _isStart = false;
            Decode([], isWhole: true);
            _parser.Append(marker);
        }
        else
        {
            Decode(_tokenizer.Render(token, renderSpecial: false, ref _isStart), isWhole: false);
        }

        return _parser.Parts.Take();
    }

    /// <summary>The answer is over: gives out all that was held back. Nothing can be read afterwards.</summary>
    /// <example><code>var parts = reader.Finish();</code></example>
    public IReadOnlyList<AnswerPart> Finish()
    {
        _isFinished = true;
        Decode([], isWhole: true);
        _parser.Finish();
        return _parser.Parts.Take();
    }

    /// <summary>Reads whole characters; the beginning of another one waits for the rest.</summary>
    private void Decode(ReadOnlySpan<byte> bytes, bool isWhole)
    {
        var count = _characters.GetCharCount(bytes, isWhole);
        Span<char> text = count <= 256 ? stackalloc char[256] : new char[count];
        count = _characters.GetChars(bytes, text, isWhole);
        if (count > 0)
        {
            _parser.Append(text[..count]);
        }
    }
}
