using System.Text;

namespace AiKernels.Runtime.Text;

/// <summary>Reads <c>tokenizer.json</c>, in which Hugging Face's tokenizers spell out all that they do.</summary>
/// <remarks>
/// Source: the documentation of huggingface/tokenizers. What isn't known here is refused by its name: a tokenizer that does
/// something else with text gives a model other tokens than it was trained with.
/// </remarks>
internal sealed class TokenizerJson
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer.json";

    // What decides the tokens beside the vocabulary, for the hash.
    private static readonly string[] Sections = ["normalizer", "pre_tokenizer", "post_processor", "decoder", "added_tokens"];

    private readonly JsonField _root, _model;
    private readonly VocabularyBuilder _builder;
    private readonly TokenizerConfig? _config;

    private TokenizerJson(JsonField root, TokenizerConfig? config)
    {
        (_root, _model, _config) = (root, root["model"], config);
        _builder = new VocabularyBuilder(root.File);
    }

    /// <summary>Reads the vocabulary and the rules.</summary>
    /// <param name="root">The file.</param>
    /// <param name="config">The file beside it, which knows what special tokens are for.</param>
    /// <exception cref="InvalidDataException">A field is bad or not known; the message has its path.</exception>
    public static Vocabulary Read(JsonField root, TokenizerConfig? config) => new TokenizerJson(root, config).Read();

    private Vocabulary Read()
    {
        var kind = Kind();
        var vocab = _model["vocab"];
        switch (kind)
        {
            case "Unigram":
                AddScored(vocab);
                break;
            default:
                AddNumbered(vocab);
                break;
        }

        AddAdded();
        var splits = TokenizerJsonSplits.Read(_root["pre_tokenizer"], out var isByteLevel);
        var (begin, end) = TokenizerJsonTemplate.Read(_root["post_processor"], _builder);
        var byteFallback = _model["byte_fallback"].BooleanOr(false);
        var (texts, types, scores) = _builder.Build(byteFallback);
        CheckModel(kind);
        CheckTemplate([.. begin, .. end], texts.Count);
        var rules = new TokenizerRules
        {
            Normalizer = TokenizerJsonNormalizers.Read(_root["normalizer"]),
            Splits = splits,
            KeepsKnownWords = _model["ignore_merges"].BooleanOr(false),
            FusesUnknown = kind != "BPE" || _model["fuse_unk"].BooleanOr(false),
            ContinuingPrefix = kind == "WordPiece" ? _model["continuing_subword_prefix"].TextOr("##") : null,
            MostCharacters = kind == "WordPiece" && _model["max_input_chars_per_word"] is { IsAbsent: false } most ? most.Integer : 100,
            Flags = _builder.Flags,
            Begin = Framed(begin, _config?.AddBos, _config?.Bos),
            End = Framed(end, _config?.AddEos, _config?.Eos),
            Source = Source(),
        };
        return new Vocabulary
        {
            Model = kind switch { "Unigram" => "t5", "WordPiece" => "bert", _ => isByteLevel ? "gpt2" : "gemma4" },
            Tokens = texts,
            Types = types,
            Scores = kind == "Unigram" ? scores : [],
            Merges = kind == "BPE" ? ReadMerges() : [],
            Bos = _builder.Find(_config?.Bos),
            Eos = _builder.Find(_config?.Eos),
            Unknown = Unknown(kind),
            Padding = _builder.Find(_config?.Padding),
            Rules = TokenizerJsonDecoder.Read(_root["decoder"], rules),
        };
    }

    /// <summary>The model's type, which old files leave out.</summary>
    private string Kind()
    {
        if (!_model.IsObject)
        {
            throw _model.Bad("is missing, or no object");
        }

        var type = _model["type"];
        var kind = type.TextOr(_model["vocab"].IsArray ? "Unigram" : _model["merges"].IsAbsent ? "WordPiece" : "BPE");
        return kind is "BPE" or "Unigram" or "WordPiece" ? kind : throw type.Unknown();
    }

    private void AddNumbered(JsonField vocab)
    {
        foreach (var (text, id) in vocab.Properties)
        {
            _builder.Add(id.Integer, Encoding.UTF8.GetBytes(text));
        }
    }

    private void AddScored(JsonField vocab)
    {
        var id = 0;
        foreach (var entry in vocab.Elements)
        {
            if (entry.Count != 2)
            {
                throw entry.Bad("is no pair of text and score");
            }

            _builder.Add(id++, Encoding.UTF8.GetBytes(entry[0].Text), (float)entry[1].Number);
        }
    }

    private void AddAdded()
    {
        var tokens = _root["added_tokens"];
        foreach (var token in tokens.IsAbsent ? [] : tokens.Elements)
        {
            var (id, text) = (token["id"].Integer, token["content"].Text);
            if (_builder.Find(text) is { } known && known != id)
            {
                throw token["id"].Bad($"is {id}, but the vocabulary has this text under {known}");
            }

            AddedTokenField.Add(token, id, _builder);
        }
    }

    private void CheckModel(string kind)
    {
        if (kind != "BPE")
        {
            return;
        }

        foreach (var name in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (_model[name] is { IsAbsent: false, Text.Length: > 0 } field)
            {
                throw field.Unknown();
            }
        }

        if (_model["dropout"] is { IsAbsent: false, Number: not 0 } dropout)
        {
            throw dropout.Bad("makes tokens random, which only training wants");
        }
    }

    private void CheckTemplate(int[] ids, int count)
    {
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)count)
            {
                throw _root["post_processor"].Bad($"has the token {id}, but there are {count}");
            }
        }
    }

    // Each "left right", or a pair.
    private Utf8Texts ReadMerges()
    {
        var merges = _model["merges"];
        var texts = new Utf8Texts(merges.Count, 16 * merges.Count);
        foreach (var merge in merges.Elements)
        {
            if (merge.IsArray && merge.Count != 2)
            {
                throw merge.Bad("is no pair");
            }

            texts.Add(Encoding.UTF8.GetBytes(merge.IsArray ? $"{merge[0].Text} {merge[1].Text}" : merge.Text));
        }

        return texts;
    }

    private int? Unknown(string kind)
    {
        if (kind == "Unigram")
        {
            var id = _model["unk_id"];
            return id.IsAbsent ? null : id.Integer;
        }

        var token = _model["unk_token"];
        var text = token.TextOr(kind == "WordPiece" ? "[UNK]" : null);
        return text is null ? null : _builder.Find(text) ?? throw token.Bad("is no token of the vocabulary");
    }

    // Llama's class of tokenizers goes by these two flags, and not by the template.
    private int[] Framed(int[] template, bool? flag, string? text) =>
        _config?.Class != "LlamaTokenizer" || flag is null ? template
        : flag == false ? [] : _builder.Find(text) is { } token ? [token] : template;

    private byte[] Source()
    {
        var source = new StringBuilder();
        foreach (var section in Sections)
        {
            source.Append(_root[section].Raw()).Append('\n');
        }

        foreach (var (name, value) in _model.Properties)
        {
            if (name is not ("vocab" or "merges"))
            {
                source.Append(name).Append('=').Append(value.Raw()).Append('\n');
            }
        }

        return Encoding.UTF8.GetBytes(source.Append(_config?.Class).Append(_config?.AddBos).Append(_config?.AddEos).ToString());
    }
}
