using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;
using AiKernels.Cache;
using AiKernels.Formats;
using AiKernels.Runtime.Engine;

namespace AiKernels.Runtime.Files.Snapshots;

/// <summary>
/// What stands before the images, all little endian, strings and lists behind their number as u64:
/// <code>
/// length           u64, of what follows up to the images
/// model hash       string
/// numerics         u32
/// shape            layers u32, heads u32, head length u32, type u32, page length u32
/// positions        u32
/// options          max tokens u32, ignore end bool, log probabilities bool and u32
/// sampling         see <see cref="SamplingFields"/>
/// stop strings     strings
/// tokens           u32 each
/// tag              bytes
/// </code>
/// </summary>
internal static class SnapshotFields
{
    /// <summary>The first bytes that need to be read to know <see cref="Length"/>.</summary>
    public const int StartBytes = sizeof(ulong);

    private static readonly UTF8Encoding Utf8Text = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A header as bytes.</summary>
    /// <exception cref="ArgumentException">A text has half a character.</exception>
    public static byte[] ToBytes(SnapshotHeader header)
    {
        using var buffer = new MemoryStream();
        using var writer = new BinaryWriter(buffer);
        writer.Write(0L); // The length, once it is known.
        WriteText(writer, header.ModelHash);
        var shape = header.Shape;
        int[] numbers =
        [
            header.NumericsVersion, shape.Layers, shape.Heads, shape.HeadLength, (int)shape.Type, shape.PageLength, header.Positions,
        ];
        Array.ForEach(numbers, writer.Write);
        WriteOptions(writer, header.Options);
        writer.Write((long)header.Tokens.Length);
        foreach (var token in header.Tokens.Span)
        {
            writer.Write(token);
        }

        writer.Write((long)header.Tag.Length);
        writer.Write(header.Tag.Span);
        buffer.Position = 0;
        writer.Write(buffer.Length - StartBytes);
        return buffer.ToArray();
    }

    /// <summary>The bytes of a header with its length, of which <paramref name="start"/> is the beginning.</summary>
    /// <exception cref="InvalidDataException">There are not as many.</exception>
    public static int Length(ReadOnlySpan<byte> start, long contentLength, string fileName)
    {
        var cursor = new GgufCursor(start, fileName, contentLength);
        var length = cursor.UInt64("header length");
        return length <= (ulong)Math.Min(contentLength, Array.MaxLength) - StartBytes
            ? (int)length + StartBytes
            : throw cursor.Bad("header length", 0, $"is {length}, more than the {contentLength - StartBytes} bytes after it");
    }

    /// <summary>Reads a header and checks all of it.</summary>
    /// <param name="bytes">All of its bytes, from the length on.</param>
    /// <param name="contentLength">Its bytes and the images'.</param>
    /// <param name="fileName">The file's name, for messages.</param>
    /// <exception cref="InvalidDataException">A field lies.</exception>
    public static SnapshotHeader Read(ReadOnlySpan<byte> bytes, long contentLength, string fileName)
    {
        var cursor = new GgufCursor(bytes, fileName, contentLength) { Position = StartBytes };
        var header = new SnapshotHeader
        {
            ModelHash = cursor.Name("model hash", SnapshotHeader.MostHashBytes),
            NumericsVersion = Number(ref cursor, "numerics version"),
            Shape = new KeyValueShape(
                Number(ref cursor, "layers"),
                Number(ref cursor, "heads"),
                Number(ref cursor, "head length"),
                (GgmlType)Number(ref cursor, "type"),
                Number(ref cursor, "page length")),
            Positions = Number(ref cursor, "positions"),
            Options = ReadOptions(ref cursor),
            Tokens = ReadTokens(ref cursor),
            Tag = cursor.String("tag").ToArray(),
        };
        if (cursor.Remaining > 0)
        {
            throw cursor.Bad("header", cursor.Position, $"goes on for {cursor.Remaining} bytes after its end");
        }

        Check(header, contentLength - bytes.Length, cursor);
        return header;
    }

    private static void Check(SnapshotHeader header, long imageBytes, GgufCursor cursor)
    {
        try
        {
            header.Validate();
        }
        catch (ArgumentException fault)
        {
            throw cursor.Bad("header", StartBytes, $"makes no sense: {fault.Message.ReplaceLineEndings(" ")}");
        }

        if (header.ImageOffset(header.Images) is var expected && expected != imageBytes)
        {
            throw cursor.Bad("images", cursor.Position, $"have {imageBytes} bytes where {header.Positions} positions have {expected}");
        }
    }

    private static void WriteOptions(BinaryWriter writer, GenerationOptions options)
    {
        writer.Write(options.MaxTokens);
        writer.Write(options.IgnoreEnd);
        writer.Write(options.LogProbabilities is not null);
        writer.Write(options.LogProbabilities ?? 0);
        SamplingFields.Write(writer, options.Sampling);
        WriteTexts(writer, options.StopStrings);
    }

    public static void WriteTexts(BinaryWriter writer, IReadOnlyList<string> texts)
    {
        writer.Write((long)texts.Count);
        foreach (var text in texts)
        {
            WriteText(writer, text);
        }
    }

    private static GenerationOptions ReadOptions(ref GgufCursor cursor)
    {
        var (maxTokens, ignoreEnd) = (Number(ref cursor, "max tokens"), cursor.Boolean("ignore end"));
        var (hasProbabilities, probabilities) = (cursor.Boolean("log probabilities"), Number(ref cursor, "log probabilities"));
        return new GenerationOptions
        {
            MaxTokens = maxTokens,
            IgnoreEnd = ignoreEnd,
            LogProbabilities = hasProbabilities ? probabilities : null,
            Sampling = SamplingFields.Read(ref cursor),
            StopStrings = ReadTexts(ref cursor, "stop strings"),
        };
    }

    private static int[] ReadTokens(ref GgufCursor cursor)
    {
        var tokens = new int[cursor.Count("tokens", sizeof(int))];
        var bytes = cursor.Take(sizeof(int) * (long)tokens.Length, "tokens");
        for (var i = 0; i < tokens.Length; i++)
        {
            tokens[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(sizeof(int) * i)..]);
        }

        return tokens;
    }

    private static void WriteText(BinaryWriter writer, string text)
    {
        var bytes = Utf8Text.GetBytes(text);
        writer.Write((long)bytes.Length);
        writer.Write(bytes);
    }

    public static string[] ReadTexts(ref GgufCursor cursor, string field)
    {
        var texts = new string[cursor.Count(field, sizeof(ulong))];
        for (var i = 0; i < texts.Length; i++)
        {
            var offset = cursor.Position;
            var bytes = cursor.String(field);
            texts[i] = Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : throw cursor.Bad(field, offset, "is not valid UTF-8");
        }

        return texts;
    }

    public static float Float(ref GgufCursor cursor, string field) => (float)cursor.Float(GgufValueType.Float32, field);

    public static int Number(ref GgufCursor cursor, string field)
    {
        var offset = cursor.Position;
        var value = cursor.UInt32(field);
        return value <= int.MaxValue ? (int)value : throw cursor.Bad(field, offset, $"is {value}; at most {int.MaxValue} can be used");
    }
}
