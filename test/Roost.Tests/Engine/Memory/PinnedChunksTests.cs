using Roost.Engine.Memory;
using Xunit;

namespace Roost.Tests.Engine.Memory;

public sealed unsafe class PinnedChunksTests
{
    private const int ChunkBytes = 1 << 20;

    [Fact]
    public void Chunks_are_full_of_zeros_begin_with_a_cache_line_and_share_nothing()
    {
        var memory = new PinnedChunks(ChunkBytes);
        // More than the largest slab, twice.
        var addresses = new nint[3 * PinnedChunks.SlabBytesMax / ChunkBytes];
        for (var i = 0; i < addresses.Length; i++)
        {
            addresses[i] = (nint)memory.Take();
            var chunk = new Span<byte>((void*)addresses[i], ChunkBytes);
            Assert.Equal(0, addresses[i] % 64);
            Assert.False(chunk.ContainsAnyExcept((byte)0));
            chunk.Fill((byte)(i + 1));
        }

        GC.Collect();

        for (var i = 0; i < addresses.Length; i++)
            Assert.False(new Span<byte>((void*)addresses[i], ChunkBytes).ContainsAnyExcept((byte)(i + 1)));
        Assert.Equal((long)addresses.Length * ChunkBytes, memory.Bytes);
        GC.KeepAlive(memory);
    }
}
