using System.Buffers.Binary;
using System.Text;

namespace AiKernels.Runtime.Tests.Text;

/// <summary>Writes maps of characters as SentencePiece has them: a double array and the texts that replace.</summary>
internal static class CharacterMapSketch
{
    public static byte[] Of(params (string From, string To)[] entries)
    {
        var texts = new MemoryStream();
        Dictionary<byte[], int> offsets = [];
        foreach (var (from, to) in entries)
        {
            offsets[Encoding.UTF8.GetBytes(from)] = (int)texts.Position;
            texts.Write(Encoding.UTF8.GetBytes(to + "\0"));
        }

        var units = new uint[1 << 14];
        var used = new bool[units.Length];
        used[0] = true;
        Place(units, used, 0, [.. offsets.Select(entry => (entry.Key, entry.Value))], 0);
        var bytes = new byte[sizeof(uint) + (sizeof(uint) * units.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, sizeof(uint) * units.Length);
        for (var i = 0; i < units.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(sizeof(uint) * (i + 1)), units[i]);
        }

        return [.. bytes, .. texts.ToArray()];
    }

    // A node's children lie at its offset XOR their byte, the value of a sequence that ends there at the offset itself. Nodes
    // don't share an offset, and here none of the 256 places behind one.
    private static void Place(uint[] units, bool[] used, int node, (byte[] Text, int Value)[] entries, int depth)
    {
        var labels = entries.Select(entry => entry.Text.Length == depth ? (byte)0 : entry.Text[depth]).Distinct().ToArray();
        var child = 256;
        while (used[child])
        {
            child += 256;
        }

        used[child] = true;
        units[node] |= (uint)(node ^ child) << 10;
        foreach (var label in labels)
        {
            if (label == 0)
            {
                units[node] |= 1 << 8;
                units[child] = 0x80000000 | (uint)entries.Single(entry => entry.Text.Length == depth).Value;
            }
            else
            {
                units[child ^ label] = label;
                Place(units, used, child ^ label, [.. entries.Where(entry => entry.Text.Length > depth && entry.Text[depth] == label)], depth + 1);
            }
        }
    }
}
