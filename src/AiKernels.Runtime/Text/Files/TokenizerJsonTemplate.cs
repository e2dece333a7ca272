namespace AiKernels.Runtime.Text;

/// <summary>Reads the section <c>post_processor</c> of a <c>tokenizer.json</c>: what stands before and behind a whole text.</summary>
internal static class TokenizerJsonTemplate
{
    // Those in use have three.
    private const int MostTokens = 64;

    private static readonly (int[], int[]) None = ([], []);

    /// <exception cref="InvalidDataException">A processor is not known, or names a token that there is not.</exception>
    public static (int[] Begin, int[] End) Read(JsonField field, VocabularyBuilder vocabulary)
    {
        if (field.IsAbsent)
        {
            return None;
        }

        var type = field["type"];
        return type.Text switch
        {
            "ByteLevel" => None,
            "TemplateProcessing" => ReadTemplate(field, vocabulary),
            "BertProcessing" or "RobertaProcessing" => ([ReadPair(field["cls"])], [ReadPair(field["sep"])]),
            "Sequence" => ReadSequence(field["processors"], vocabulary),
            _ => throw type.Unknown(),
        };
    }

    // Each wraps what the one before it made.
    private static (int[] Begin, int[] End) ReadSequence(JsonField processors, VocabularyBuilder vocabulary)
    {
        var (begin, end) = None;
        foreach (var processor in processors.Elements)
        {
            var (before, behind) = Read(processor, vocabulary);
            (begin, end) = ([.. before, .. begin], [.. end, .. behind]);
            CheckCount(processor, begin.Length + end.Length);
        }

        return (begin, end);
    }

    private static (int[] Begin, int[] End) ReadTemplate(JsonField field, VocabularyBuilder vocabulary)
    {
        List<int> begin = [], end = [];
        var isBehind = false;
        CheckCount(field["single"], field["single"].Count - 1);
        foreach (var part in field["single"].Elements)
        {
            CheckCount(part, begin.Count + end.Count);
            var special = part["SpecialToken"];
            if (!special.IsAbsent)
            {
                (isBehind ? end : begin).AddRange(ReadIds(field["special_tokens"], special["id"], vocabulary));
            }
            else if (part["Sequence"]["id"].Text != "A" || isBehind)
            {
                throw part.Bad("is not the text, or not once");
            }
            else
            {
                isBehind = true;
            }
        }

        return ([.. begin], [.. end]);
    }

    private static int[] ReadIds(JsonField tokens, JsonField name, VocabularyBuilder vocabulary)
    {
        if (tokens.IsObject && tokens[name.Text] is { IsAbsent: false } token)
        {
            CheckCount(token["ids"], token["ids"].Count);
            return [.. token["ids"].Elements.Select(id => id.Integer)];
        }

        return [vocabulary.Find(name.Text) ?? throw name.Bad("is no token of the vocabulary")];
    }

    private static void CheckCount(JsonField field, int count)
    {
        if (count > MostTokens)
        {
            throw field.Bad($"puts more than {MostTokens} tokens around a text");
        }
    }

    // A name and its id.
    private static int ReadPair(JsonField pair) => pair.Count == 2 ? pair[1].Integer : throw pair.Bad("is no pair of text and id");
}
