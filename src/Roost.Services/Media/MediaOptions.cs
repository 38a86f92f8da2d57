using Roost.Rpc;

namespace Roost.Services.Media;

/// <summary>What the Media service takes and keeps. The defaults are Mastodon's.</summary>
public sealed record MediaOptions
{
    /// <summary>Largest picture that is taken, in bytes: 64 KiB to 256 MiB.</summary>
    public int ImageBytesMax { get; init; } = 16 << 20;

    /// <summary>
    /// Most pixels of a picture that is taken, 1 to 2^28: told from its header, before anything is decoded, so that a
    /// small file that unpacks to gigabytes is refused. Decoding takes 4 bytes a pixel.
    /// </summary>
    public int ImagePixelsMax { get; init; } = 33_177_600;

    /// <summary>Pictures with more pixels are made smaller: 3840 × 2160.</summary>
    public int KeptPixelsMax { get; init; } = 8_294_400;

    /// <summary>Pixels of a preview: 640 × 360.</summary>
    public int SmallPixelsMax { get; init; } = 230_400;

    /// <summary>Longest description, in UTF-16 characters.</summary>
    public int DescriptionLengthMax { get; init; } = 1_500;

    /// <summary>A picture that no post has used for so long is removed.</summary>
    public TimeSpan UnusedFor { get; init; } = TimeSpan.FromDays(1);

    /// <summary>How often those are looked for.</summary>
    public TimeSpan SweepEvery { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Pictures decoded at once, each up to 4 × <see cref="ImagePixelsMax"/> bytes; 1 or more.</summary>
    public int DecodersMax { get; init; } = 2;

    /// <summary>What clients are told of them.</summary>
    public MediaLimits Limits => new(ImageBytesMax, ImagePixelsMax, DescriptionLengthMax);

    /// <summary>Throws when a value is out of its range.</summary>
    internal MediaOptions Validated()
    {
        Require(ImageBytesMax is >= 64 << 10 and <= 256 << 20, nameof(ImageBytesMax), "64 KiB to 256 MiB");
        Require(ImagePixelsMax is >= 1 and <= 1 << 28, nameof(ImagePixelsMax), "1 to 2^28");
        Require(KeptPixelsMax >= 1, nameof(KeptPixelsMax), "1 or more");
        Require(SmallPixelsMax >= 1, nameof(SmallPixelsMax), "1 or more");
        Require(DescriptionLengthMax >= 0, nameof(DescriptionLengthMax), "0 or more");
        Require(UnusedFor >= TimeSpan.FromMinutes(1), nameof(UnusedFor), "a minute or more");
        Require(SweepEvery >= TimeSpan.FromSeconds(1), nameof(SweepEvery), "a second or more");
        Require(DecodersMax >= 1, nameof(DecodersMax), "1 or more");
        return this;
    }

    private static void Require(bool holds, string name, string range)
    {
        if (!holds) throw new ServiceException(ErrorCode.Invalid, $"The option {name} of Media must be {range}.");
    }
}
