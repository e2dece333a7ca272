using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace AiKernels.Hosting.Chat;

/// <summary>Names for tool calls. They follow from the prompt, so that an answer that is generated again has the same.</summary>
/// <param name="prompt">The prompt's tokens.</param>
internal sealed class CallNames(int[] prompt)
{
    // Mistral's templates take nothing but nine letters and digits.
    private const int Length = 9;

    private const string Characters = "abcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>The name of a call.</summary>
    /// <param name="index">The call's number in the answer.</param>
    public string Of(int index)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(MemoryMarshal.AsBytes(prompt.AsSpan()));
        hash.AppendData(Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)));
        return string.Concat(hash.GetHashAndReset().Take(Length).Select(value => Characters[value % Characters.Length]));
    }
}
