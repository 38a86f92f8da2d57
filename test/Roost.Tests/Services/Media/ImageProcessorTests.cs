using Roost.Rpc;
using Roost.Services.Media;
using Roost.Services.Media.Images;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Media;

public sealed class ImageProcessorTests
{
    private readonly ImageProcessor _images = new(new MediaOptions());

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg, "image/jpeg")]
    [InlineData(SKEncodedImageFormat.Png, "image/png")]
    [InlineData(SKEncodedImageFormat.Webp, "image/webp")]
    public void A_picture_keeps_its_type_and_size_and_gets_a_small_preview(SKEncodedImageFormat format, string type)
    {
        var image = _images.Process(Pictures.TwoHalves(1_600, 900, format));

        Assert.Equal(MediaKind.Image, image.Kind);
        Assert.Equal((type, 1_600, 900), (image.OriginalSize.Type, image.OriginalSize.Width, image.OriginalSize.Height));
        Assert.Equal((640, 360), (image.SmallSize.Width, image.SmallSize.Height));
        using var small = SKBitmap.Decode(image.Small);
        Assert.Equal((640, 360), (small.Width, small.Height));
        Assert.True(small.GetPixel(10, 10).Red > 200, "The left half is red.");
        Assert.Equal(28, image.BlurHash.Length);
    }

    [Fact]
    public void What_a_camera_added_is_gone_and_the_picture_stands_upright()
    {
        var lying = Pictures.WithExif(Pictures.TwoHalves(200, 100, SKEncodedImageFormat.Jpeg), 6, "SpyCam 3000");

        var image = _images.Process(lying);

        Assert.DoesNotContain("SpyCam", System.Text.Encoding.Latin1.GetString(image.Original), StringComparison.Ordinal);
        Assert.Equal((100, 200), (image.OriginalSize.Width, image.OriginalSize.Height));
        using var seen = SKBitmap.Decode(image.Original);
        Assert.True(seen.GetPixel(50, 10).Red > 200 && seen.GetPixel(50, 190).Blue > 200,
            "Turned a quarter to the right, left becomes top.");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(7)]
    [InlineData(8)]
    public void Every_way_of_holding_a_camera_ends_upright(int orientation)
    {
        var image = _images.Process(
            Pictures.WithExif(Pictures.TwoHalves(200, 100, SKEncodedImageFormat.Jpeg), (ushort)orientation, "x"));

        using var seen = SKBitmap.Decode(image.Original);
        var (redX, redY) = orientation switch
        {
            2 or 3 => (190, 50),
            4 => (10, 50),
            5 => (50, 10),
            _ => (50, 190),
        };
        Assert.True(seen.GetPixel(redX, redY).Red > 200, $"Orientation {orientation}: red is at {redX}, {redY}.");
    }

    [Fact]
    public void A_picture_of_too_many_pixels_is_kept_smaller()
    {
        var image = _images.Process(Pictures.TwoHalves(5_000, 5_000, SKEncodedImageFormat.Png));

        Assert.Equal((2_880, 2_880), (image.OriginalSize.Width, image.OriginalSize.Height));
    }

    [Fact]
    public void A_decompression_bomb_is_refused_before_it_is_decoded()
    {
        var refusal = Assert.Throws<ServiceException>(() => _images.Process(Pictures.Bomb(60_000, 60_000)));

        Assert.Equal(ErrorCode.Invalid, refusal.Code);
        Assert.Contains("60000 × 60000 pixels", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_animation_stays_one_without_its_comments()
    {
        var image = _images.Process(Pictures.AnimatedGif("made by hand"));

        Assert.Equal(MediaKind.Animation, image.Kind);
        Assert.Equal("image/gif", image.OriginalSize.Type);
        Assert.DoesNotContain("by hand", System.Text.Encoding.Latin1.GetString(image.Original), StringComparison.Ordinal);
        using var codec = SKCodec.Create(SKData.CreateCopy(image.Original));
        Assert.Equal(2, codec.FrameCount);
    }

    [Fact]
    public void What_is_no_picture_is_refused_in_words()
    {
        foreach (var content in (byte[][])[[], [1, 2, 3], "<svg xmlns='http://www.w3.org/2000/svg'/>"u8.ToArray()])
        {
            var refusal = Assert.Throws<ServiceException>(() => _images.Process(content));
            Assert.Contains("JPEG, PNG, WebP or GIF", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Damaged_pictures_never_do_more_than_be_refused()
    {
        const int seed = 20141103;
        var random = new Random(seed);
        byte[][] pictures =
        [
            Pictures.TwoHalves(40, 30, SKEncodedImageFormat.Jpeg), Pictures.TwoHalves(40, 30, SKEncodedImageFormat.Png),
            Pictures.TwoHalves(40, 30, SKEncodedImageFormat.Webp), Pictures.AnimatedGif("comment"),
        ];
        for (var round = 0; round < 400; round++)
        {
            var damaged = (byte[])pictures[round % pictures.Length].Clone();
            for (var flips = random.Next(1, 8); flips > 0; flips--)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            var cut = damaged.AsMemory(0, random.Next(damaged.Length + 1));
            try
            {
                var image = _images.Process(cut);
                Assert.True(image.OriginalSize.Width > 0, $"seed {seed}, round {round}");
            }
            catch (ServiceException refusal)
            {
                Assert.True(refusal.Code == ErrorCode.Invalid, $"seed {seed}, round {round}: {refusal}");
            }
        }
    }
}
