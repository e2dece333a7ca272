using System.Globalization;

namespace AiKernels.Runtime.Text;

/// <summary>A file <c>tokenizer_config.json</c>: which tokens are special, and of what class a tokenizer is.</summary>
internal sealed class TokenizerConfig
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "tokenizer_config.json";

    private readonly JsonField _root;

    private TokenizerConfig(JsonField root) => _root = root;

    /// <summary>The name of the tokenizer's class, without what tells a fast one.</summary>
    public string? Class => Text("tokenizer_class")?.Replace("Fast", "", StringComparison.Ordinal);

    public string? Bos => Token("bos_token");

    public string? Eos => Token("eos_token");

    public string? Unknown => Token("unk_token");

    public string? Padding => Token("pad_token");

    public bool? AddBos => Flag("add_bos_token");

    public bool? AddEos => Flag("add_eos_token");

    public bool? Lowercase => Flag("do_lower_case");

    public bool? StripAccents => Flag("strip_accents");

    /// <summary>The file in a folder; null if there is none.</summary>
    /// <exception cref="InvalidDataException">It is no JSON object.</exception>
    public static TokenizerConfig? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return null;
        }

        var root = JsonField.Parse(TokenizerFiles.ReadBytes(path), FileName);
        return root.IsObject ? new(root) : throw root.Bad("is no object");
    }

    /// <summary>Adds the tokens of <c>added_tokens_decoder</c>, which are special where they say so.</summary>
    public void AddTokens(VocabularyBuilder builder)
    {
        var tokens = _root["added_tokens_decoder"];
        if (tokens.IsAbsent)
        {
            return;
        }

        foreach (var (name, token) in tokens.Properties)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                throw token.Bad("has a name that is no id");
            }

            AddedTokenField.Add(token, id, builder);
        }
    }

    private string? Text(string name) => _root[name] is { IsText: true } field ? field.Text : null;

    private bool? Flag(string name) => _root[name] is { IsAbsent: false } field ? field.Boolean : null;

    // A name, or an object that has it.
    private string? Token(string name)
    {
        var field = _root[name];
        return field.IsAbsent ? null : field.IsObject ? field["content"].Text : field.Text;
    }
}
