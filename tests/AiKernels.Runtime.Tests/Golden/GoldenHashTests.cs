using AiKernels.Cpu;
using AiKernels.Reference;
using AiKernels.Runtime.Tests.Models;
using Xunit;

namespace AiKernels.Runtime.Tests.Golden;

/// <summary>Whole models give the committed bits on every path.</summary>
public class GoldenHashTests
{
    public static TheoryData<string> Models => new(GoldenModel.Names);

    public static TheoryData<string, string> ModelsAndInstructionSets => new MatrixTheoryData<string, string>(
        GoldenModel.Names, InstructionSet.Supported.Select(set => set.Name));

    [Theory]
    [MemberData(nameof(Models))]
    public void The_definition_gives_the_golden_hash(string name)
    {
        using var model = GoldenModel.Open(name);
        var backend = new ReferenceBackend();
        using var decoder = model.Load(backend);
        var hash = GoldenFile.Hash(ForwardPass.Logits(backend, decoder, model.Tokens, model.Tokens.Length, model.KeyValueType));
        GoldenFile.WriteIfAsked(name, hash);
        GoldenFile.AssertHolds(name, hash, backend.Description);
    }

    [Theory]
    [MemberData(nameof(ModelsAndInstructionSets))]
    public void Neither_instructions_nor_threads_nor_chunks_nor_company_change_the_hash(string name, string instructionSet)
    {
        using var model = GoldenModel.Open(name);
        var tokens = model.Tokens;
        foreach (var threads in new[] { 1, 2, 64 })
        {
            using var backend = new CpuBackend(threads, InstructionSet.Supported.Single(set => set.Name == instructionSet));
            using var decoder = model.Load(backend);
            void AssertHolds(int chunk, params int[] companion) => GoldenFile.AssertHolds(
                name,
                GoldenFile.Hash(ForwardPass.Logits(backend, decoder, tokens, chunk, model.KeyValueType, companion)),
                $"{backend.Description}, in chunks of {chunk} beside {companion.Length} other tokens");

            AssertHolds(tokens.Length);
            AssertHolds(64);
            AssertHolds(7);
            AssertHolds(7, [.. tokens.Reverse().Take(12)]);
            if (threads <= 2) // Steps of one token are mostly waiting where threads outnumber cores.
            {
                AssertHolds(1);
            }
        }
    }

    /// <remarks><see cref="InstructionSetSwitchTests"/> runs it in processes of fewer instruction sets.</remarks>
    [Theory]
    [MemberData(nameof(Models))]
    public void The_instruction_sets_that_the_environment_leaves_give_the_golden_hash(string name)
    {
        InstructionSetSwitch.AssertOff();
        using var model = GoldenModel.Open(name);
        using var backend = new CpuBackend(2);
        using var decoder = model.Load(backend);
        var logits = ForwardPass.Logits(backend, decoder, model.Tokens, model.Tokens.Length, model.KeyValueType);
        GoldenFile.AssertHolds(name, GoldenFile.Hash(logits), backend.Description);
    }
}
