using Roost.Rpc;
using SkiaSharp;

namespace Roost.Services.Media.Images;

/// <summary>
/// Makes of what was sent what is kept:
/// <list type="number">
/// <item>read the header: type and size must be allowed before a pixel is decoded;</item>
/// <item>decode into sRGB, turned as the camera held it;</item>
/// <item>scale down to what is kept, and to the preview;</item>
/// <item>encode anew, so that nothing but pixels is left: no place, no camera, no thumbnail of what was cut off.</item>
/// </list>
/// An animated GIF keeps its frames; of an animated WebP the first frame is kept. A profile's pictures are cut to their
/// shape around the middle, and stand still.
/// </summary>
internal sealed class ImageProcessor(MediaOptions options)
{
    private const int BlurHashSide = 32;
    private const int AvatarSide = 400;
    private const int HeaderWidth = 1_500;
    private const int HeaderHeight = 500;
    private const int EmojiPixelsMax = 128 * 128;
    private const int CardPixelsMax = 1_200 * 630;
    private const int JpegQuality = 88;
    private const int WebpQuality = 85;

    private static readonly SKSamplingOptions _smooth = new(SKFilterMode.Linear, SKMipmapMode.Linear);

    /// <exception cref="ServiceException"><see cref="ErrorCode.Invalid"/>: not such a picture; says why.</exception>
    public ProcessedImage Process(ReadOnlyMemory<byte> content, MediaPurpose purpose = MediaPurpose.Attachment)
    {
        if (content.Length > options.ImageBytesMax)
        {
            throw Invalid(
                $"File is {Mebibytes(content.Length)} MB; the most is {Mebibytes(options.ImageBytesMax)} MB");
        }
        using var data = SKData.CreateCopy(content.Span);
        using var codec = SKCodec.Create(data);
        if (codec is null || TypeOf(codec.EncodedFormat) is not { } type)
            throw Invalid("File content type is invalid: send a JPEG, PNG, WebP or GIF picture");
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if (width < 1 || height < 1 || (long)width * height > options.ImagePixelsMax)
            throw Invalid($"File is {width} × {height} pixels; the most is {options.ImagePixelsMax:N0} pixels in all");

        using var whole = Decode(codec);
        using var kept = purpose switch
        {
            MediaPurpose.Avatar => Cut(whole, AvatarSide, AvatarSide),
            MediaPurpose.Header => Cut(whole, HeaderWidth, HeaderHeight),
            MediaPurpose.Emoji => Fitted(whole, EmojiPixelsMax),
            MediaPurpose.Card => Fitted(whole, CardPixelsMax),
            _ => Fitted(whole, options.KeptPixelsMax),
        };
        var isAnimation = purpose is MediaPurpose.Attachment or MediaPurpose.Emoji
            && codec.EncodedFormat == SKEncodedImageFormat.Gif && codec.FrameCount > 1;
        var (original, originalType) = isAnimation
            ? (GifBlocks.KeepPicture(content.Span), type)
            : Encode(kept, codec.EncodedFormat);
        using var small = Fitted(kept, options.SmallPixelsMax);
        var (preview, previewType) = Encode(small, codec.EncodedFormat);
        var shown = isAnimation ? whole : kept;
        return new ProcessedImage(
            isAnimation ? MediaKind.Animation : MediaKind.Image,
            original, new MediaSize(originalType, shown.Width, shown.Height, original.Length),
            preview, new MediaSize(previewType, small.Width, small.Height, preview.Length), HashOf(small));
    }

    private static SKBitmap Decode(SKCodec codec)
    {
        var info = new SKImageInfo(
            codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul, SKColorSpace.CreateSrgb());
        var decoded = new SKBitmap();
        if (!decoded.TryAllocPixels(info))
        {
            decoded.Dispose();
            throw new ServiceException(
                ErrorCode.Overloaded, "There is no memory for this picture just now; try again later.");
        }
        // A file that ends early still shows what there is of it, as browsers do.
        if (codec.GetPixels(info, decoded.GetPixels()) is not (SKCodecResult.Success or SKCodecResult.IncompleteInput))
        {
            decoded.Dispose();
            throw Invalid("File cannot be read: its picture data is damaged");
        }
        return Turned(decoded, codec.EncodedOrigin);
    }

    /// <summary>The picture as it is to be seen; disposes the one given when it makes another.</summary>
    private static SKBitmap Turned(SKBitmap picture, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or SKEncodedOrigin.Default) return picture;
        using var lying = picture;
        var swaps = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var turned = new SKBitmap(lying.Info.WithSize(
            swaps ? lying.Height : lying.Width, swaps ? lying.Width : lying.Height));
        using var canvas = new SKCanvas(turned);
        canvas.SetMatrix(MatrixOf(origin, lying.Width, lying.Height));
        canvas.DrawBitmap(lying, 0, 0, SKSamplingOptions.Default);
        return turned;
    }

    // Where a pixel (x, y) as stored goes, by EXIF 2.32 §4.6.4 (Orientation).
    private static SKMatrix MatrixOf(SKEncodedOrigin origin, float width, float height) => origin switch
    {
        SKEncodedOrigin.TopRight => new SKMatrix(-1, 0, width, 0, 1, 0, 0, 0, 1),
        SKEncodedOrigin.BottomRight => new SKMatrix(-1, 0, width, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.BottomLeft => new SKMatrix(1, 0, 0, 0, -1, height, 0, 0, 1),
        SKEncodedOrigin.LeftTop => new SKMatrix(0, 1, 0, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightTop => new SKMatrix(0, -1, height, 1, 0, 0, 0, 0, 1),
        SKEncodedOrigin.RightBottom => new SKMatrix(0, -1, height, -1, 0, width, 0, 0, 1),
        SKEncodedOrigin.LeftBottom => new SKMatrix(0, 1, 0, -1, 0, width, 0, 0, 1),
        _ => SKMatrix.Identity,
    };

    /// <summary>A copy of at most so many pixels, of the same proportions.</summary>
    private static SKBitmap Fitted(SKBitmap picture, int pixelsMax)
    {
        var pixels = (double)picture.Width * picture.Height;
        var scale = pixels <= pixelsMax ? 1 : Math.Sqrt(pixelsMax / pixels);
        return Sized(
            picture, Math.Max(1, (int)(picture.Width * scale)), Math.Max(1, (int)(picture.Height * scale)));
    }

    /// <summary>The middle of a picture in the shape of <paramref name="width"/> × <paramref name="height"/>, at most
    /// as large.</summary>
    private static SKBitmap Cut(SKBitmap picture, int width, int height)
    {
        var scale = Math.Min((double)picture.Width / width, (double)picture.Height / height);
        var (cutWidth, cutHeight) = (Math.Max(1, (int)(width * scale)), Math.Max(1, (int)(height * scale)));
        var (left, top) = ((picture.Width - cutWidth) / 2, (picture.Height - cutHeight) / 2);
        using var middle = new SKBitmap();
        if (!picture.ExtractSubset(middle, SKRectI.Create(left, top, cutWidth, cutHeight)))
            throw Invalid("File cannot be cut to its shape");
        return scale <= 1 ? Sized(middle, cutWidth, cutHeight) : Sized(middle, width, height);
    }

    private static SKBitmap Sized(SKBitmap picture, int width, int height) =>
        picture.Resize(picture.Info.WithSize(width, height), _smooth)
        ?? throw new ServiceException(
            ErrorCode.Overloaded, "There is no memory for this picture just now; try again later.");

    private static (byte[] Bytes, string Type) Encode(SKBitmap picture, SKEncodedImageFormat from)
    {
        var (format, quality) = from switch
        {
            SKEncodedImageFormat.Jpeg => (SKEncodedImageFormat.Jpeg, JpegQuality),
            SKEncodedImageFormat.Webp => (SKEncodedImageFormat.Webp, WebpQuality),
            _ => (SKEncodedImageFormat.Png, 100),
        };
        using var encoded = picture.Encode(format, quality)
            ?? throw new ServiceException(
                ErrorCode.Internal, "The picture could not be stored.", $"Encoding {format} failed.");
        return (encoded.ToArray(), TypeOf(format)!);
    }

    private static string HashOf(SKBitmap small)
    {
        using var tiny = Sized(small, Math.Min(small.Width, BlurHashSide), Math.Min(small.Height, BlurHashSide));
        return BlurHashEncoder.Of(tiny);
    }

    private static string? TypeOf(SKEncodedImageFormat format) => format switch
    {
        SKEncodedImageFormat.Jpeg => "image/jpeg",
        SKEncodedImageFormat.Png => "image/png",
        SKEncodedImageFormat.Webp => "image/webp",
        SKEncodedImageFormat.Gif => "image/gif",
        _ => null,
    };

    private static double Mebibytes(long bytes) => Math.Round(bytes / 1048576.0, 1);

    private static ServiceException Invalid(string what) => new(ErrorCode.Invalid, $"Validation failed: {what}");
}
