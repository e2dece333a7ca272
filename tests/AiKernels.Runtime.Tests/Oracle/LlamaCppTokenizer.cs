using System.Text;
using AiKernels.Peers;

namespace AiKernels.Runtime.Tests.Oracle;

/// <summary>llama.cpp's tokenizer of a file with a vocabulary.</summary>
internal sealed unsafe class LlamaCppTokenizer : IDisposable
{
    private readonly nint _model, _vocabulary;

    public LlamaCppTokenizer(string path)
    {
        LlamaCpp.Require();
        var parameters = LlamaCppLibrary.DefaultModelParameters();
        parameters.VocabularyOnly = 1;
        _model = LlamaCppLibrary.LoadModel(path, parameters);
        _vocabulary = _model != 0
            ? LlamaCppLibrary.GetVocabulary(_model)
            : throw new InvalidOperationException($"llama.cpp does not load the vocabulary of {path}");
    }

    public int[] Encode(string text, bool parseSpecial = false, bool addSpecial = false)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var tokens = new int[(2 * utf8.Length) + 16];
        fixed (byte* bytes = utf8)
        fixed (int* ids = tokens)
        {
            var count = LlamaCppLibrary.Tokenize(
                _vocabulary, bytes, utf8.Length, ids, tokens.Length, addSpecial ? (byte)1 : (byte)0, parseSpecial ? (byte)1 : (byte)0);
            return count >= 0 ? tokens[..count] : throw new InvalidOperationException($"llama.cpp makes {-count} tokens of {utf8.Length} bytes");
        }
    }

    public void Dispose() => LlamaCppLibrary.FreeModel(_model);
}
