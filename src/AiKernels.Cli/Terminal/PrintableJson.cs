using System.Text;
using System.Text.Encodings.Web;
using AiKernels.Runtime.Files;

namespace AiKernels.Cli.Terminal;

/// <summary>Escapes in JSON what JSON has to, and what a terminal would obey; people read all else as it is.</summary>
/// <remarks>
/// .NET's own encoders escape either what pages of the web obey, all but ASCII among it, or (the relaxed one) emoji, but not
/// what turns the direction of text.
/// </remarks>
internal sealed class PrintableJson : JavaScriptEncoder
{
    private const int LastOfAscii = 0x7F;

    /// <inheritdoc/>
    public override int MaxOutputCharactersPerInputCharacter => Default.MaxOutputCharactersPerInputCharacter;

    /// <inheritdoc/>
    public override bool WillEncode(int unicodeScalar) => unicodeScalar switch
    {
        '"' or '\\' or < ' ' or LastOfAscii => true,
        < LastOfAscii => false,
        _ => new Rune(unicodeScalar).ToString() is var character && Printable.Text(character) != character,
    };

    /// <inheritdoc/>
    public override unsafe int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var all = new ReadOnlySpan<char>(text, textLength);
        for (var rest = all; !rest.IsEmpty;)
        {
            // Half a character has to be replaced.
            var isWhole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (!isWhole || WillEncode(rune.Value))
            {
                return all.Length - rest.Length;
            }

            rest = rest[length..];
        }

        return -1;
    }

    /// <inheritdoc/>
    public override unsafe bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten) =>
        (unicodeScalar <= LastOfAscii ? UnsafeRelaxedJsonEscaping : Default)
            .TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);
}
