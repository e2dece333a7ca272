using AiKernels.Runtime.Files;

namespace AiKernels.Runtime.Text;

/// <summary>
/// Reads a model of SentencePiece (<c>tokenizer.model</c>, <c>spiece.model</c>); a <c>tokenizer_config.json</c> beside it may add
/// tokens and rename some.
/// </summary>
/// <remarks>Source: <c>sentencepiece_model.proto</c> of google/sentencepiece, whose field numbers these are.</remarks>
internal sealed class SentencePieceFile
{
    private readonly List<(byte[] Text, float Score, TokenType Type)> _pieces = [];
    private readonly string _file;

    private int _modelType = 1;
    private int? _unknown = 0, _bos = 1, _eos = 2, _padding;
    private byte[]? _map;
    private bool _addsPrefix = true, _removesExtraSpaces = true, _escapesSpaces = true, _spaceBehind;

    private SentencePieceFile(string file) => _file = file;

    /// <summary>Whether a file looks like one: its first field is a piece, which begins with its text.</summary>
    public static bool Is(ReadOnlySpan<byte> bytes) => bytes is [0x0A, _, 0x0A, ..] or [0x0A, _, _, 0x0A, ..];

    /// <exception cref="InvalidDataException">It isn't one, or is of a kind that is not known.</exception>
    public static Vocabulary Read(byte[] bytes, string file, TokenizerConfig? config)
    {
        var model = new SentencePieceFile(file);
        model.ReadModel(new ProtobufReader(bytes, file, 0));
        return model.Build(config);
    }

    private void ReadModel(ProtobufReader model)
    {
        while (model.TryNext())
        {
            switch (model.Field)
            {
                case 1:
                    ReadPiece(model.Message());
                    break;
                case 2:
                    ReadTrainer(model.Message());
                    break;
                case 3:
                    ReadNormalizer(model.Message());
                    break;
            }
        }
    }

    private void ReadPiece(ProtobufReader piece)
    {
        (byte[] Text, float Score, TokenType Type) read = ([], 0, TokenType.Normal);
        while (piece.TryNext())
        {
            switch (piece.Field)
            {
                case 1:
                    read.Text = piece.Bytes.ToArray();
                    break;
                case 2:
                    read.Score = piece.Float;
                    break;
                case 3:
                    // Numbered as ggml's, which took them from here.
                    read.Type = piece.Number is >= 1 and <= 6
                        ? (TokenType)(int)piece.Number
                        : throw new InvalidDataException(
                            $"{Printable.Text(_file)}: piece {_pieces.Count} has the type {piece.Number} at byte {piece.Offset}, which is not known");
                    break;
            }
        }

        _pieces.Add(read);
    }

    private void ReadTrainer(ProtobufReader trainer)
    {
        while (trainer.TryNext())
        {
            switch (trainer.Field)
            {
                case 3:
                    _modelType = (int)Math.Min(trainer.Number, int.MaxValue);
                    break;
                case 24:
                    _spaceBehind = trainer.Number != 0;
                    break;
                case 40:
                    _unknown = Id(trainer.Number);
                    break;
                case 41:
                    _bos = Id(trainer.Number);
                    break;
                case 42:
                    _eos = Id(trainer.Number);
                    break;
                case 43:
                    _padding = Id(trainer.Number);
                    break;
            }
        }
    }

    private void ReadNormalizer(ProtobufReader normalizer)
    {
        while (normalizer.TryNext())
        {
            switch (normalizer.Field)
            {
                case 2:
                    _map = normalizer.Bytes.Length > 0 ? normalizer.Bytes.ToArray() : null;
                    break;
                case 3:
                    _addsPrefix = normalizer.Number != 0;
                    break;
                case 4:
                    _removesExtraSpaces = normalizer.Number != 0;
                    break;
                case 5:
                    _escapesSpaces = normalizer.Number != 0;
                    break;
            }
        }
    }

    private Vocabulary Build(TokenizerConfig? config)
    {
        if (_modelType is not (1 or 2) || !_escapesSpaces)
        {
            throw new InvalidDataException(_escapesSpaces
                ? $"{Printable.Text(_file)}: model_type is {_modelType}; the known ones are 1 (unigram) and 2 (BPE)"
                : $"{Printable.Text(_file)}: escape_whitespaces is false, which is not known");
        }

        var builder = new VocabularyBuilder(_file);
        for (var id = 0; id < _pieces.Count; id++)
        {
            builder.Add(id, _pieces[id].Text, _pieces[id].Score);
        }

        config?.AddTokens(builder);
        var (texts, types, scores) = builder.Build(bytesAreTokens: false);
        for (var id = 0; id < _pieces.Count; id++)
        {
            var own = _pieces[id].Type;
            types[id] = types[id] == TokenType.Normal || own is TokenType.Unknown or TokenType.Control or TokenType.Byte ? own : types[id];
        }

        var isBpe = _modelType == 2;
        return new Vocabulary
        {
            Model = isBpe ? "llama" : "t5",
            Tokens = texts,
            Types = types,
            Scores = scores,
            CharacterMap = _map,
            Unknown = Existing(_unknown),
            Bos = builder.Find(config?.Bos) ?? Existing(_bos),
            Eos = builder.Find(config?.Eos) ?? Existing(_eos),
            Padding = builder.Find(config?.Padding) ?? Existing(_padding),
            AddBos = config?.AddBos ?? isBpe,
            AddEos = config?.AddEos ?? !isBpe,
            AddSpacePrefix = _addsPrefix,
            RemoveExtraSpaces = _removesExtraSpaces,
            SpaceBehindWords = _spaceBehind,
        };
    }

    // Minus one says that there is none.
    private static int? Id(ulong number) => (int)number < 0 ? null : (int)number;

    // Models without a begin say so by an id that no piece has.
    private int? Existing(int? id) => id < _pieces.Count ? id : null;
}
