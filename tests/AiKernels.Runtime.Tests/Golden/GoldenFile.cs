using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using AiKernels.Numerics;
using AiKernels.Tests.Shared;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>
/// golden.json: the hashes of whole-model logits that every release of a numerics version reproduces. After raising the
/// version, the tests write the file anew where the environment has AIKERNELS_WRITE_GOLDEN=1, and fail as they do.
/// </summary>
internal static class GoldenFile
{
    private const string Version = "numericsVersion", Hashes = "hashes";

    private static readonly string Place = Repository.Path("tests/AiKernels.Runtime.Tests/Golden/golden.json");

    /// <summary>Compares a hash with the committed one.</summary>
    public static void AssertHolds(string name, string hash, string where)
    {
        var file = Read();
        Assert.True(
            (int?)file[Version] == NumericsVersion.Current,
            $"golden.json is of numerics version {file[Version]}, this build of {NumericsVersion.Current}");
        Assert.True(
            (string?)file[Hashes]![name] == hash,
            $"the logits of {name} on {where} hash to {hash}, not to {file[Hashes]![name]}: a bit of them has changed");
    }

    /// <summary>Where the environment asks for it, writes a hash and fails the test.</summary>
    public static void WriteIfAsked(string name, string hash)
    {
        if (Environment.GetEnvironmentVariable("AIKERNELS_WRITE_GOLDEN") != "1")
        {
            return;
        }

        var file = Read();
        if ((int?)file[Version] != NumericsVersion.Current)
        {
            file = new JsonObject { [Version] = NumericsVersion.Current, [Hashes] = new JsonObject() };
        }

        file[Hashes]![name] = hash;
        File.WriteAllText(Place, file.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n");
        Assert.Fail($"golden.json now has {hash} for {name}");
    }

    /// <summary>SHA-256 of floats as little-endian bytes, all NaNs being one.</summary>
    public static string Hash(ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * sizeof(float)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(
                bytes.AsSpan(i * sizeof(float)), float.IsNaN(values[i]) ? float.NaN : values[i]);
        }

        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    private static JsonObject Read() => File.Exists(Place) ? JsonNode.Parse(File.ReadAllText(Place))!.AsObject() : [];
}
