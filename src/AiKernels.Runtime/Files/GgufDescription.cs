using System.Globalization;
using System.Text;

namespace AiKernels.Runtime.Files;

/// <summary>Metadata values as text for people.</summary>
internal static class GgufDescription
{
    // A character takes at most four bytes of UTF-8, so this many always suffice; the rest is never decoded.
    private const int BytesPerCharacter = 4;

    public static string Of(ref GgufCursor cursor, GgufEntry entry, int maximumLength)
    {
        if (entry.ElementType is not { } elementType)
        {
            return Value(ref cursor, entry.Type, maximumLength);
        }

        var text = new StringBuilder("[");
        var separator = "";
        for (var i = 0L; i < entry.Count; i++, separator = ", ")
        {
            if (text.Length > maximumLength)
            {
                text.Append(", ...");
                break;
            }

            text.Append(separator).Append(Value(ref cursor, elementType, maximumLength));
        }

        return text.Append(']').ToString();
    }

    private static string Value(ref GgufCursor cursor, GgufValueType type, int maximumLength)
    {
        switch (type)
        {
            case GgufValueType.Boolean:
                return cursor.Boolean("value") ? "true" : "false";
            case GgufValueType.String:
                var bytes = cursor.String("value");
                var shown = bytes[..(int)Math.Min(bytes.Length, ((long)maximumLength + 1) * BytesPerCharacter)];
                return Printable.Text(Encoding.UTF8.GetString(shown), maximumLength);
            case GgufValueType.Array:
                var (elementType, count) = GgufHeader.ReadArrayHead(ref cursor);
                GgufHeader.SkipElements(ref cursor, elementType, count, 1);
                return $"{elementType}[{count}]";
            case GgufValueType.Float32 or GgufValueType.Float64:
                var number = cursor.Float(type, "value");
                return type == GgufValueType.Float32
                    ? ((float)number).ToString(CultureInfo.InvariantCulture)
                    : number.ToString(CultureInfo.InvariantCulture);
            case GgufValueType.UInt64:
                return cursor.UInt64("value").ToString(CultureInfo.InvariantCulture);
            default:
                return cursor.Integer(type, "value").ToString(CultureInfo.InvariantCulture);
        }
    }
}
