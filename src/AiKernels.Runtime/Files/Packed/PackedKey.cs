using AiKernels.Numerics;

namespace AiKernels.Runtime.Files.Packed;

/// <summary>Everything that packed weights depend on. Two keys are equal or the weights can't be used.</summary>
/// <param name="Layout">What the backend calls its layout.</param>
/// <param name="Source">The file they were packed from.</param>
internal sealed record PackedKey(string Layout, SourceIdentity Source)
{
    /// <summary>Writes the key, and the version of the numerics with it.</summary>
    public void Write(BinaryWriter writer)
    {
        writer.Write(NumericsVersion.Current);
        writer.Write(Layout);
        writer.Write(Source.Length);
        writer.Write(Source.Modified);
        writer.Write(Source.Fingerprint);
    }

    /// <summary>Reads a key and says what of it is different.</summary>
    /// <exception cref="InvalidDataException">It is not this one.</exception>
    public void Expect(BinaryReader reader)
    {
        var numerics = reader.ReadInt32();
        var found = new PackedKey(
            reader.ReadString(), new SourceIdentity(reader.ReadInt64(), reader.ReadInt64(), reader.ReadUInt64()));
        if (numerics != NumericsVersion.Current || found.Layout != Layout)
        {
            throw new InvalidDataException(
                $"holds numerics {numerics} in layout {Printable.Quote(found.Layout)}, not {NumericsVersion.Current} in '{Layout}'");
        }

        if (found.Source != Source)
        {
            throw new InvalidDataException("was packed from another state of the model file");
        }
    }
}
